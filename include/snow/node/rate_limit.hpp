#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "snow/base/clock.hpp"

namespace snow {

/// So many of something each second, and as many at once after a pause. With 0 none.
class rate_limit {
 public:
  explicit rate_limit(std::size_t per_second) noexcept
      : interval_{per_second == 0 ? 2 * second : second / static_cast<duration::rep>(per_second)} {}

  /// Whether one more may be now.
  bool take(time_point now) noexcept {
    time_point const from = std::max(now, all_paid_at_);
    if (from - now > second - interval_) return false;
    all_paid_at_ = from + interval_;
    return true;
  }
  /// As if none had been yet.
  bool is_rested(time_point now) const noexcept { return all_paid_at_ <= now; }

 private:
  static constexpr duration second = std::chrono::seconds{1};

  duration interval_;
  time_point all_paid_at_ = time_point::min();
};

}  // namespace snow
