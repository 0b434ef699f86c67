#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "snow/base/clock.hpp"

namespace snow::testing {

/// What is to happen in a simulated world, in the order of its virtual time; what is due at one moment, in
/// the order in which it was planned. Time stands still while something happens, and jumps to what is next.
class timeline {
 public:
  time_point now() const noexcept { return now_; }

  /// Not before now. O(log n).
  void at(time_point when, std::function<void()> what) {
    all_.push_back({std::max(when, now_), ++planned_, std::move(what)});
    std::push_heap(all_.begin(), all_.end(), later);
  }
  void after(duration d, std::function<void()> what) { at(now_ + d, std::move(what)); }

  /// `time_point::max()` when nothing is.
  time_point next() const noexcept { return all_.empty() ? time_point::max() : all_.front().when; }
  std::uint64_t happened() const noexcept { return happened_; }

  /// Lets the next thing happen. False when there is none.
  bool step() {
    if (all_.empty()) return false;
    std::pop_heap(all_.begin(), all_.end(), later);
    auto const what = std::move(all_.back().what);
    now_ = all_.back().when;
    all_.pop_back();
    ++happened_;
    what();
    return true;
  }
  /// Moves on to that moment; everything before it has happened.
  void skip_to(time_point when) noexcept { now_ = std::max(now_, when); }

 private:
  struct plan {
    time_point when;
    std::uint64_t number;
    std::function<void()> what;
  };
  static bool later(const plan& a, const plan& b) noexcept {
    return a.when != b.when ? a.when > b.when : a.number > b.number;
  }

  // Clocks begin at different moments; this one's beginning means nothing.
  time_point now_{std::chrono::hours{1}};
  std::vector<plan> all_;  // a heap
  std::uint64_t planned_ = 0;
  std::uint64_t happened_ = 0;
};

}  // namespace snow::testing
