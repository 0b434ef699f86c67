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
    heap_.push_back({});
    sift_up(heap_.size() - 1, {t.deadline, ++sequence_, &t});
  }
  void remove(timer& t) noexcept {
    std::size_t const i = std::exchange(t.index, timer::nowhere);
    entry const moved = heap_.back();
    heap_.pop_back();
    if (moved.what == &t) return;
    sift_up(i, moved);
    sift_down(moved.what->index, moved);
  }
  /// The earliest deadline, `time_point::max()` without any.
  time_point next() const noexcept { return heap_.empty() ? time_point::max() : heap_.front().deadline; }
  bool empty() const noexcept { return heap_.empty(); }
  std::size_t size() const noexcept { return heap_.size(); }
  /// Whether any is to fire that is not the node's own upkeep. O(n).
  bool any_of_actors() const noexcept {
    return std::any_of(heap_.begin(), heap_.end(), [](const entry& e) {
      return !e.what->upkeep && e.what->is.load(std::memory_order_relaxed) == timer::state::armed;
    });
  }

  /// The earliest that is due at `now`, taken out; null if none is.
  timer* due(time_point now) noexcept {
    if (next() > now || heap_.empty()) return nullptr;
    timer* const t = heap_.front().what;
    remove(*t);
    return t;
  }

 private:
  struct entry {
    time_point deadline{};  // again, for no comparison to go where the timer lies
    std::uint64_t sequence = 0;
    timer* what = nullptr;
  };
  static bool before(const entry& a, const entry& b) noexcept {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
  }
  void put(std::size_t i, const entry& e) noexcept {
    heap_[i] = e;
    e.what->index = i;
  }
  void sift_up(std::size_t i, const entry& e) noexcept {
    for (; i > 0 && before(e, heap_[(i - 1) / 2]); i = (i - 1) / 2) put(i, heap_[(i - 1) / 2]);
    put(i, e);
  }
  void sift_down(std::size_t i, const entry& e) noexcept {
    for (;;) {
      std::size_t child = 2 * i + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
      if (!before(heap_[child], e)) break;
      put(i, heap_[child]);
      i = child;
    }
    put(i, e);
  }

  std::vector<entry> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace snow
