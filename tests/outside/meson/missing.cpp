// What a program learns when there is no sysroot.
#include <iostream>
#include <regraft.hpp>

int main()
try {
  regraft::Sysroot::open("/nowhere");
} catch (const regraft::Error& e) {
  std::cout << (e.kind() == regraft::ErrorKind::NotFound) << ' ' << e.kind_name() << '\n';
}
