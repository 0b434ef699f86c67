#pragma once

#include <atomic>
#include <cstdint>

namespace snow {

/// Whether a worker sleeps. Who hands it something looks here afterwards; the worker announces its sleep, and
/// then looks once more for what was handed over: one of the two sees the other, since all four are seq_cst.
template <template <class> class Atomic = std::atomic>
class sleep_flag {
 public:
  /// Owner. It must look once more before it sleeps.
  void announce() noexcept { asleep_.store(true, std::memory_order_seq_cst); }
  /// Owner.
  void rise() noexcept { asleep_.store(false, std::memory_order_relaxed); }

  /// Any thread, after it has handed something over. True, once a sleep: the caller must wake the owner.
  bool must_wake() noexcept {
    return asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false, std::memory_order_relaxed);
  }
  /// Any thread; a guess.
  bool is_asleep() const noexcept { return asleep_.load(std::memory_order_relaxed); }

 private:
  Atomic<bool> asleep_ = false;
};

/// Of many wake-ups of one sleep, the first: it alone sends something that ends the sleep.
template <template <class> class Atomic = std::atomic>
class wake_request {
 public:
  /// Any thread. True: the caller sends it.
  bool make() noexcept { return !made_.exchange(true, std::memory_order_release); }
  /// Owner, who has received it.
  /// By an exchange, since a store would not see what they wrote who found it made: acquire, of their
  /// release.
  void take() noexcept { made_.exchange(false, std::memory_order_acquire); }

 private:
  Atomic<bool> made_ = false;
};

/// The same for a worker whose turns somebody else calls: at most one is on its way, and who asks during a
/// turn gets another after it.
template <template <class> class Atomic = std::atomic>
class turn_request {
 public:
  /// Any thread. True: the caller has a turn called.
  bool make() noexcept {
    phase was = phase_.load(std::memory_order_relaxed);
    while (!phase_.compare_exchange_weak(was, was == phase::idle ? phase::pending : phase::again,
                                         std::memory_order_release, std::memory_order_relaxed)) {
    }
    return was == phase::idle;
  }
  /// The turn begins.
  /// By an exchange, since a store would not see what they wrote who found it asked for.
  void begin() noexcept { phase_.exchange(phase::pending, std::memory_order_acquire); }
  /// The turn ends. False: another was asked for, which the caller has called.
  /// release: the next turn, on another thread it may be, goes on with the worker's state.
  bool end() noexcept {
    phase expected = phase::pending;
    return phase_.compare_exchange_strong(expected, phase::idle, std::memory_order_release,
                                          std::memory_order_relaxed);
  }

 private:
  enum class phase : std::uint8_t { idle, pending, again };

  Atomic<phase> phase_ = phase::idle;
};

}  // namespace snow
