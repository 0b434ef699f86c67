#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include "snow/runtime/cell.hpp"
#include "snow/runtime/worker.hpp"

namespace snow {

struct frame;

/// Where a coroutine that waits keeps the one that it waits for.
struct frame_place {
  frame* inner = nullptr;
  frame* outer = nullptr;  ///< who waits
};

/// What every coroutine of an actor has in its promise, first. Frames form a chain from the innermost to the
/// actor's own.
///
/// A transfer of control goes through the worker (`run_frames`), never from coroutine to coroutine: the stack
/// does not grow, whatever the compiler makes of symmetric transfer, and no frame is destroyed while it runs.
struct frame {
  frame_place* place = nullptr;  ///< null for the actor's own

  std::coroutine_handle<> handle() noexcept { return std::coroutine_handle<frame>::from_promise(*this); }
  /// Who goes on when this one has ended.
  frame* awaiter() const noexcept { return place ? place->outer : nullptr; }

  static void* operator new(std::size_t size) { return pool::current()->allocate(size); }
  static void operator delete(void* p, std::size_t size) noexcept { pool::deallocate(p, size); }
};

/// Runs an actor's coroutines until one of them waits, the outermost has ended, or others must have their
/// turn.
inline void run_frames(worker& w, cell& c) {
  do {
    std::exchange(c.innermost, nullptr)->handle().resume();
    if (!c.innermost || c.waiting) return;
  } while (w.spend_within());
  c.gave_way = true;
}

/// Destroys a chain of suspended frames, innermost first, without recursion.
inline void destroy_frames(frame* innermost) noexcept {
  while (innermost) {
    frame* const outer = innermost->awaiter();
    if (innermost->place) innermost->place->inner = nullptr;
    innermost->handle().destroy();
    innermost = outer;
  }
}

}  // namespace snow
