#pragma once

#include <algorithm>
#include <cstdint>

#include "snow/base/clock.hpp"
#include "snow/testing/timeline.hpp"

namespace snow::testing {

/// The clock of one simulated computer: it may have jumped, and run at a speed of its own, but never goes
/// back. Each look at it takes that long.
class simulated_clock final : public clock {
 public:
  simulated_clock(const timeline& time, duration look) noexcept
      : time_{time}, look_{look}, since_{time.now()}, then_{time.now()} {}

  time_point now() noexcept override { return last_ = std::max(last_, shown()) + look_; }
  /// What it showed last.
  time_point last() const noexcept { return last_; }
  /// When it shows that.
  time_point true_time(time_point shown) const noexcept {
    return since_ + scaled(shown - then_, million, million + ppm_);
  }

  void move(duration d) noexcept { then_ += d; }
  /// From now on it runs so many millionths faster than time does.
  void drift(std::int64_t ppm) noexcept {
    then_ = shown();
    since_ = time_.now();
    ppm_ = ppm;
  }

 private:
  static constexpr std::int64_t million = 1'000'000;

  static duration scaled(duration d, std::int64_t up, std::int64_t down) noexcept {
    return duration{d.count() / down * up + d.count() % down * up / down};
  }
  time_point shown() const noexcept { return then_ + scaled(time_.now() - since_, million + ppm_, million); }

  const timeline& time_;
  duration const look_;
  time_point since_;  // at this moment
  time_point then_;   // it showed that
  std::int64_t ppm_ = 0;
  time_point last_{};
};

}  // namespace snow::testing
