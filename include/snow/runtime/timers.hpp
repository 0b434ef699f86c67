#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "snow/base/clock.hpp"
#include "snow/runtime/envelope.hpp"

namespace snow {

class worker;

/// A moment that somebody waits for. It belongs to one worker's `timers` until it fires or is cancelled.
struct timer : numbered {
  enum class state : std::uint8_t { armed, fired, cancelled };

  time_point deadline = {};
  std::uint64_t sequence = 0;
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  std::size_t index = nowhere;  ///< in the heap
  worker* owner = nullptr;
  void (*fire)(timer&, worker&) = nullptr;  ///< takes the timer over
  std::atomic<state> is = state::armed;
  bool upkeep = false;  ///< the node's own: no actor waits for it
};

/// The timers of one worker: a binary heap by deadline, then by the order of arming (S-15).
/// `arm` and `remove` are O(log n), `next` O(1). Owner only.
class timers {
 public:
  void arm(timer& t) {
    t.sequence = ++sequence_;
    heap_.push_back(&t);
    sift_up(heap_.size() - 1, t);
  }
  void remove(timer& t) noexcept {
    std::size_t const i = std::exchange(t.index, timer::nowhere);
    timer& moved = *heap_.back();
    heap_.pop_back();
    if (&moved == &t) return;
    sift_up(i, moved);
    sift_down(moved.index, moved);
  }
  /// The earliest deadline, `time_point::max()` without any.
  time_point next() const noexcept { return heap_.empty() ? time_point::max() : heap_.front()->deadline; }
  bool empty() const noexcept { return heap_.empty(); }
  std::size_t size() const noexcept { return heap_.size(); }
  /// Whether any is not the node's own upkeep. O(n).
  bool any_of_actors() const noexcept {
    return std::any_of(heap_.begin(), heap_.end(), [](const timer* t) { return !t->upkeep; });
  }

  /// The earliest that is due at `now`, taken out; null if none is.
  timer* due(time_point now) noexcept {
    if (heap_.empty() || heap_.front()->deadline > now) return nullptr;
    timer* const t = heap_.front();
    remove(*t);
    return t;
  }

 private:
  static bool before(const timer& a, const timer& b) noexcept {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
  }
  void put(std::size_t i, timer& t) noexcept {
    heap_[i] = &t;
    t.index = i;
  }
  void sift_up(std::size_t i, timer& t) noexcept {
    for (; i > 0 && before(t, *heap_[(i - 1) / 2]); i = (i - 1) / 2) put(i, *heap_[(i - 1) / 2]);
    put(i, t);
  }
  void sift_down(std::size_t i, timer& t) noexcept {
    for (;;) {
      std::size_t child = 2 * i + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
      if (!before(*heap_[child], t)) break;
      put(i, *heap_[child]);
      i = child;
    }
    put(i, t);
  }

  std::vector<timer*> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace snow
