#pragma once

#include <algorithm>
#include <cstdint>

namespace snow::wire {

/// How full an outbox is: high from the high mark on until it has fallen to the low one.
class water_marks {
 public:
  water_marks(std::uint64_t low, std::uint64_t high, std::uint64_t limit) noexcept
      : low_{low}, high_{high}, limit_{limit} {}

  void rise(std::uint64_t bytes) noexcept {
    level_ += bytes;
    is_high_ = is_high_ || level_ >= high_;
  }
  /// True when it is no longer high by this: who waits may go on.
  bool fall(std::uint64_t bytes) noexcept {
    level_ -= std::min(bytes, level_);
    if (!is_high_ || level_ > low_) return false;
    is_high_ = false;
    return true;
  }

  std::uint64_t level() const noexcept { return level_; }
  bool is_high() const noexcept { return is_high_; }
  /// Beyond its limit: the session ends with `overloaded`.
  bool overflows() const noexcept { return level_ > limit_; }

 private:
  std::uint64_t const low_;
  std::uint64_t const high_;
  std::uint64_t const limit_;
  std::uint64_t level_ = 0;
  bool is_high_ = false;
};

}  // namespace snow::wire
