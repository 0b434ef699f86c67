#pragma once

#include <atomic>

namespace snow {

/// Blocks on their way home: a stack that any thread pushes to and the owner takes as a whole. Nobody looks
/// into a block that another thread may take, so there is no ABA problem.
template <class Block, template <class> class Atomic = std::atomic>
class returned_blocks {
 public:
  /// Any thread: a chain from `first` to `last`.
  void push(Block& first, Block& last) noexcept {
    Block* head = head_.load(std::memory_order_relaxed);
    do {
      last.next = head;
      // release: the owner sees what was written into the blocks' links.
    } while (
        !head_.compare_exchange_weak(head, &first, std::memory_order_release, std::memory_order_relaxed));
  }
  /// Owner. The newest first, null when there are none.
  Block* take() noexcept {
    if (!head_.load(std::memory_order_relaxed)) return nullptr;
    return head_.exchange(nullptr, std::memory_order_acquire);
  }

 private:
  Atomic<Block*> head_ = nullptr;
};

}  // namespace snow
