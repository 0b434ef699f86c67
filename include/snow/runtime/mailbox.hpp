#pragma once

#include <atomic>
#include <cstdint>

#include "snow/runtime/envelope.hpp"

namespace snow {

/// An intrusive stack with many producers and one consumer, whose head is also the actor's scheduling state:
/// one compare-and-swap both delivers and tells whether the receiver must be woken. (As in CAF's mailbox.)
/// What wakes the receiver never enters the stack: who wakes it has it to itself, and hands that over.
///
/// idle: nothing there and nobody will look; active: somebody looks, or will; closed: the actor has ended.
template <class Envelope, template <class> class Atomic = std::atomic>
class basic_mailbox {
 public:
  enum class delivered : std::uint8_t { queued, woke, closed };

  /// Any thread. `woke`: the receiver's private state is the caller's now, which hands it the envelope and
  /// schedules it. `closed`: the caller keeps the envelope.
  delivered push(Envelope& e) noexcept {
    std::uintptr_t head = head_.load(std::memory_order_relaxed);
    do {
      if (head == closed_tag) return delivered::closed;
      e.next = head == idle_tag ? nullptr : reinterpret_cast<Envelope*>(head);
      // acq_rel: release hands over the envelope; acquire takes over the actor's state when it was idle.
    } while (!head_.compare_exchange_weak(
        head, head == idle_tag ? active_tag : reinterpret_cast<std::uintptr_t>(&e), std::memory_order_acq_rel,
        std::memory_order_relaxed));
    return head == idle_tag ? delivered::woke : delivered::queued;
  }

  /// Consumer. Whether `take` would find something.
  bool has_mail() const noexcept { return head_.load(std::memory_order_relaxed) != active_tag; }

  /// Consumer, active. All that arrived, oldest first; null when nothing did.
  Envelope* take() noexcept {
    if (!has_mail()) return nullptr;
    // acquire: pairs with the producers' release.
    return reversed(head_.exchange(active_tag, std::memory_order_acquire));
  }

  /// Consumer, active. False when something arrived meanwhile: then it is still active.
  bool try_idle() noexcept {
    std::uintptr_t expected = active_tag;
    // release: who wakes the actor takes over its private state.
    return head_.compare_exchange_strong(expected, idle_tag, std::memory_order_release,
                                         std::memory_order_relaxed);
  }

  /// Consumer, active. The end: what arrived until now, oldest first; every later push is refused.
  Envelope* close() noexcept { return reversed(head_.exchange(closed_tag, std::memory_order_acquire)); }

  /// The owner of a closed mailbox opens it for its slot's next actor, as active.
  /// relaxed: the actor's state is not handed over here, but where it is scheduled.
  void open() noexcept { head_.store(active_tag, std::memory_order_relaxed); }

  /// Any thread; of use for reports only.
  bool is_closed() const noexcept { return head_.load(std::memory_order_relaxed) == closed_tag; }
  bool is_idle() const noexcept { return head_.load(std::memory_order_relaxed) == idle_tag; }

 private:
  static constexpr std::uintptr_t active_tag = 0;
  static constexpr std::uintptr_t idle_tag = 1;
  static constexpr std::uintptr_t closed_tag = 2;

  static Envelope* reversed(std::uintptr_t head) noexcept {
    Envelope* first = nullptr;
    for (auto* e = reinterpret_cast<Envelope*>(head); e;) {
      Envelope* const older = e->next;
      e->next = first;
      first = e;
      e = older;
    }
    return first;
  }

  Atomic<std::uintptr_t> head_ = closed_tag;
};

using mailbox = basic_mailbox<envelope>;

}  // namespace snow
