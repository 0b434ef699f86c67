#pragma once

#include <atomic>
#include <cstdint>

namespace snow::detail {

/// What a timer that sends and whoever may cancel it share: the one who finds it armed decides what becomes
/// of the timer.
template <template <class> class Atomic = std::atomic>
class sending_state {
 public:
  enum class phase : std::uint8_t { armed, sending, over };

  /// Any thread: nothing more is sent; what it was. `armed`: the caller has the timer withdrawn.
  /// acquire: it sees the timer as it was armed last.
  phase cancel() noexcept { return is_.exchange(phase::over, std::memory_order_acquire); }

  /// The timer's worker, when it fires. False: who cancelled it has it withdrawn.
  bool begin() noexcept { return move(phase::armed, phase::sending, std::memory_order_relaxed); }
  /// The timer's worker, once the timer is armed again. False: it was cancelled meanwhile, and the caller
  /// withdraws it.
  bool go_on() noexcept { return move(phase::sending, phase::armed, std::memory_order_release); }
  /// The timer is gone.
  void end() noexcept { is_.store(phase::over, std::memory_order_relaxed); }

 private:
  bool move(phase from, phase to, std::memory_order order) noexcept {
    return is_.compare_exchange_strong(from, to, order, std::memory_order_relaxed);
  }

  Atomic<phase> is_ = phase::armed;
};

}  // namespace snow::detail
