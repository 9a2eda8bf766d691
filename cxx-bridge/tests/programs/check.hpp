// What the test programs share: checks that say where they fail.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <regraft.hpp>
#include <cstdlib>
#include <iostream>

#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::cerr << __FILE__ << ':' << __LINE__ << ": not so: " << #condition << '\n';    \
      std::exit(1);                                                                      \
    }                                                                                    \
  } while (false)

/// The call throws `regraft::Error` of this kind, which is answered.
template <class Call>
regraft::Error thrown(regraft::ErrorKind kind, Call call) {
  try {
    call();
  } catch (const regraft::Error& e) {
    if (e.kind() == kind) return e;
    std::cerr << "expected " << kind << ", got " << e << '\n';
    std::exit(1);
  }
  std::cerr << "expected " << kind << ", got no error\n";
  std::exit(1);
}

#endif
