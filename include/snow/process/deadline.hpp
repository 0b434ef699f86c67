#pragma once

#include <cstdint>
#include <utility>

#include "snow/process/signals.hpp"

namespace snow::detail {

/// The moment at which a waiting operation ends without what it waits for. Lives in the operation.
/// It fires as a completion, with the operation's number if that has one, never early (S-15).
class deadline_timer {
 public:
  deadline_timer() = default;
  deadline_timer(deadline_timer&& other) noexcept : timer_{std::exchange(other.timer_, nullptr)} {}
  deadline_timer& operator=(deadline_timer&&) = delete;
  ~deadline_timer() { cancel(); }

  void arm(const pid& whose, time_point at, std::uint64_t number = 0);
  void cancel() noexcept {
    if (timer_) disarm();
  }
  /// Whether `e` is this timer, fired; then it is thrown away.
  bool is(envelope& e) noexcept {
    if (&e != timer_) return false;
    timer_ = nullptr;
    dispose(&e);
    return true;
  }

 private:
  struct armed : timer {
    pid whose;
  };
  void disarm() noexcept;

  armed* timer_ = nullptr;
};

}  // namespace snow::detail
