#pragma once

#include <algorithm>
#include <cstddef>
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
    if (over_) return;
    std::size_t place = whats_.size();
    if (free_.empty()) {
      whats_.push_back(std::move(what));
    } else {
      place = free_.back();
      free_.pop_back();
      whats_[place] = std::move(what);
    }
    plans_.push_back({std::max(when, now_), ++planned_, place});
    std::push_heap(plans_.begin(), plans_.end(), later);
  }
  void after(duration d, std::function<void()> what) { at(now_ + d, std::move(what)); }

  /// `time_point::max()` when nothing is.
  time_point next() const noexcept { return plans_.empty() ? time_point::max() : plans_.front().when; }
  std::uint64_t happened() const noexcept { return happened_; }

  /// Lets the next thing happen. False when there is none.
  bool step() {
    if (plans_.empty()) return false;
    std::pop_heap(plans_.begin(), plans_.end(), later);
    plan const first = plans_.back();
    plans_.pop_back();
    auto const what = std::exchange(whats_[first.place], nullptr);
    free_.push_back(first.place);
    now_ = first.when;
    ++happened_;
    what();
    return true;
  }
  /// Nothing happens any more: lets go of what was planned, and of what is planned by that.
  void end() {
    over_ = true;
    plans_.clear();
    for (auto& what : whats_) std::exchange(what, nullptr);
  }
  /// Moves on to that moment; everything before it has happened.
  void skip_to(time_point when) noexcept { now_ = std::max(now_, when); }

 private:
  struct plan {
    time_point when;
    std::uint64_t number;
    std::size_t place;  // among what is to happen, which stays where it is while the heap moves
  };
  static bool later(const plan& a, const plan& b) noexcept {
    return a.when != b.when ? a.when > b.when : a.number > b.number;
  }

  // Clocks begin at different moments; this one's beginning means nothing.
  time_point now_{std::chrono::hours{1}};
  std::vector<plan> plans_;  // a heap
  std::vector<std::function<void()>> whats_;
  std::vector<std::size_t> free_;  // places of no plan
  std::uint64_t planned_ = 0;
  std::uint64_t happened_ = 0;
  bool over_ = false;
};

}  // namespace snow::testing
