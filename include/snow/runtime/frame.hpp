#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include "snow/runtime/cell.hpp"
#include "snow/runtime/worker.hpp"

namespace snow {

/// What every coroutine of an actor has in its promise. Frames form a chain from the innermost to the actor's
/// own.
///
/// A transfer of control goes through the worker (`run_frames`), never from coroutine to coroutine: the stack
/// does not grow, whatever the compiler makes of symmetric transfer, and no frame is destroyed while it runs.
struct frame {
  cell* self = nullptr;
  std::coroutine_handle<> handle = nullptr;
  frame* awaiter = nullptr;  ///< who goes on when this one has ended; null for the actor's own
  frame** holder = nullptr;  ///< where the awaiter keeps this one

  static void* operator new(std::size_t size) { return pool::current()->allocate(size); }
  static void operator delete(void* p, std::size_t size) noexcept { pool::deallocate(p, size); }
};

/// Runs an actor's coroutines until one of them waits, the outermost has ended, or others must have their
/// turn.
inline void run_frames(worker& w, cell& c) {
  do {
    std::exchange(c.innermost, nullptr)->handle.resume();
    if (!c.innermost || c.waiting) return;
  } while (w.spend_within());
  c.gave_way = true;
}

/// Destroys a chain of suspended frames, innermost first, without recursion.
inline void destroy_frames(frame* innermost) noexcept {
  while (innermost) {
    frame* const outer = innermost->awaiter;
    if (innermost->holder) *innermost->holder = nullptr;
    innermost->handle.destroy();
    innermost = outer;
  }
}

}  // namespace snow
