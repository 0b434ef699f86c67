#pragma once

#include <atomic>
#include <cstdint>

namespace snow {

/// An intrusive stack that any thread pushes to and one thread empties, in the order of the pushes.
template <class Node, template <class> class Atomic = std::atomic>
class inbox {
 public:
  void push(Node& n) noexcept {
    Node* head = head_.load(std::memory_order_relaxed);
    do {
      n.next = head;
      // seq_cst: the pusher then looks whether the owner sleeps, and the owner announces its sleep before it
      // looks here; one of the two must see the other.
    } while (!head_.compare_exchange_weak(head, &n, std::memory_order_seq_cst, std::memory_order_relaxed));
  }
  /// Owner. Oldest first.
  Node* take() noexcept {
    if (empty()) return nullptr;
    Node* first = nullptr;
    for (Node* n = head_.exchange(nullptr, std::memory_order_acquire); n;) {
      Node* const older = n->next;
      n->next = first;
      first = n;
      n = older;
    }
    return first;
  }
  bool empty() const noexcept { return !head_.load(std::memory_order_seq_cst); }

 private:
  Atomic<Node*> head_ = nullptr;
};

/// The same, until it is closed: then every push is refused.
template <class Node, template <class> class Atomic = std::atomic>
class closable_inbox {
 public:
  enum class pushed : unsigned char { first, queued, refused };

  /// Any thread. `first`: it was empty, and the owner is to be told.
  pushed push(Node& n) noexcept {
    Node* head = head_.load(std::memory_order_relaxed);
    do {
      if (head == closed()) return pushed::refused;
      n.next = head;
      // release: the owner sees the node; acquire is the owner's.
    } while (!head_.compare_exchange_weak(head, &n, std::memory_order_release, std::memory_order_relaxed));
    return head ? pushed::queued : pushed::first;
  }
  /// Owner. Oldest first.
  Node* take() noexcept {
    return empty() ? nullptr : reversed(head_.exchange(nullptr, std::memory_order_acquire));
  }
  /// Owner. What was in it, oldest first.
  Node* close() noexcept { return reversed(head_.exchange(closed(), std::memory_order_acquire)); }
  /// Owner: a push that has begun and not returned is in it already, or comes later.
  bool empty() const noexcept {
    Node* const head = head_.load(std::memory_order_relaxed);
    return !head || head == closed();
  }

 private:
  static Node* closed() noexcept { return reinterpret_cast<Node*>(std::uintptr_t{1}); }
  static Node* reversed(Node* n) noexcept {
    Node* first = nullptr;
    while (n && n != closed()) {
      Node* const older = n->next;
      n->next = first;
      first = n;
      n = older;
    }
    return first;
  }

  Atomic<Node*> head_ = nullptr;
};

}  // namespace snow
