#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "snow/runtime/cell.hpp"

namespace snow {

/// The actors of one worker that are ready to run, first in, first out. The owner pushes and pops; thieves
/// take half of what is in the ring. What exceeds the ring waits behind it, with the owner. The ring is Go's
/// (`runqput`, `runqget`, `runqgrab`): a thief copies first and claims then, by one compare-and-swap on the
/// head; a slot can be overwritten only after the head has passed it.
template <class Cell, template <class> class Atomic = std::atomic, std::uint64_t Capacity = 256>
class basic_run_queue {
 public:
  static constexpr std::uint64_t capacity = Capacity;

  /// Owner.
  void push(Cell& c) noexcept {
    std::uint64_t const tail = tail_.load(std::memory_order_relaxed);
    if (!overflow_first_ && tail - head_.load(std::memory_order_acquire) < capacity) {
      put(tail, c);
    } else {
      c.next = nullptr;
      if (overflow_first_)
        overflow_last_->next = &c;
      else
        overflow_first_ = &c;
      overflow_last_ = &c;
    }
  }

  /// Owner. The oldest, or null.
  Cell* pop() noexcept {
    std::uint64_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      std::uint64_t const tail = tail_.load(std::memory_order_relaxed);
      if (head == tail) return pop_overflow();
      Cell* const c = ring_[head % capacity].load(std::memory_order_relaxed);
      // acq_rel: this actor is ours now, not a thief's.
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
        if (overflow_first_) put(tail, *pop_overflow());
        return c;
      }
    }
  }

  /// Any other worker: moves half of the ring (rounded up) to the thief's own queue and says how many.
  std::size_t steal_into(basic_run_queue& thief) noexcept {
    std::array<Cell*, capacity / 2> loot;
    std::uint64_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      // acquire: pairs with the release in `put`, so that the actors' state is seen.
      std::uint64_t const ready = tail_.load(std::memory_order_acquire) - head;
      if (ready == 0) return 0;
      if (ready > capacity) {  // the head moved on between the two loads
        head = head_.load(std::memory_order_acquire);
        continue;
      }
      std::uint64_t const count = ready - ready / 2;
      for (std::uint64_t i = 0; i < count; ++i)
        loot[i] = ring_[(head + i) % capacity].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + count, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        for (std::uint64_t i = 0; i < count; ++i) thief.push(*loot[i]);
        return count;
      }
    }
  }

  /// Any thread: whether a thief would find something.
  bool stealable() const noexcept {
    return head_.load(std::memory_order_relaxed) != tail_.load(std::memory_order_relaxed);
  }
  /// Owner.
  bool empty() const noexcept { return !overflow_first_ && !stealable(); }

 private:
  void put(std::uint64_t tail, Cell& c) noexcept {
    ring_[tail % capacity].store(&c, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_release);
  }
  Cell* pop_overflow() noexcept {
    Cell* const c = overflow_first_;
    if (c) overflow_first_ = c->next;
    return c;
  }

  alignas(64) Atomic<std::uint64_t> head_ = 0;
  alignas(64) Atomic<std::uint64_t> tail_ = 0;
  std::array<Atomic<Cell*>, capacity> ring_{};
  Cell* overflow_first_ = nullptr;
  Cell* overflow_last_ = nullptr;
};

using run_queue = basic_run_queue<cell>;

}  // namespace snow
