/* What the Rust side calls while a job runs. Programs need not know it. */
#ifndef REGRAFT_LISTENER_HPP
#define REGRAFT_LISTENER_HPP

#include <cstdint>
#include <rust/cxx.h>

namespace regraft::bridge {

/// Hears of progress, on the thread that made the call.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  /// Whether to go on. An exception would end the process: implementations keep theirs.
  virtual bool report(std::uint8_t phase, std::uint64_t done, std::uint64_t total,
                      std::uint8_t unit, double fraction, rust::Str detail) const noexcept = 0;
};

}  // namespace regraft::bridge

#endif
