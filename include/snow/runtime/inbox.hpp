#pragma once

#include <atomic>

namespace snow {

/// An intrusive stack that any thread pushes to and one thread empties, in the order of the pushes.
template <class Node>
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
  std::atomic<Node*> head_ = nullptr;
};

}  // namespace snow
