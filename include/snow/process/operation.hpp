#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

#include "snow/base/result.hpp"
#include "snow/process/attachments.hpp"
#include "snow/runtime/frame.hpp"

namespace snow {

/// What an actor can await: it says so by `using snow_operation = void`.
template <class T>
concept operation = requires {
  typename T::snow_operation;
};

namespace detail {

/// Before an operation that is ready at once: whether the actor may go on without giving way to others.
inline bool may_go_on(cell& c) noexcept {
  return !c.paced && worker::current()->spend();
}

/// The actor waits in `w`, in the coroutine `f`.
inline void wait_in(waiter& w, frame& f) noexcept {
  worker const& on = *worker::current();
  cell& c = *on.running;
  c.waiting = &w;
  c.innermost = &f;
  c.place.store(w.where, std::memory_order_relaxed);
  c.since.store(on.turn_time().time_since_epoch().count(), std::memory_order_relaxed);
}
/// The actor is ready, but lets others run first.
inline void give_way(waiter& w, frame& f) noexcept {
  wait_in(w, f);
  worker::current()->running->gave_way = true;
}

/// An operation that a reply or completion ends which may come late, from elsewhere.
struct numbered_waiter : waiter {
  std::uint64_t number = 0;  ///< unlike any other of the node
};
/// Throws away what came for an earlier operation; `Complete` takes what came for this one.
template <auto Complete>
bool by_number(waiter& w, cell& c, envelope& e) {
  if (static_cast<numbered&>(e).number == static_cast<numbered_waiter&>(w).number) return Complete(w, c, e);
  dispose(&e);
  return false;
}

/// For operations that wait for something else than a message.
inline bool leave_in_mailbox(waiter&, cell& c, envelope& e) {
  return c.append(e), false;
}
inline bool go_on(waiter&, cell&) {
  return true;
}
inline bool nothing_outside(waiter&, cell&) {
  return false;
}

}  // namespace detail

/// `co_await as_result(op)` gives a `result<T>` and throws nothing that is a `snow::error`.
template <operation Operation>
class [[nodiscard]] as_result_operation {
 public:
  using snow_operation = void;
  using value_type = decltype(std::declval<Operation&>().await_resume());

  explicit as_result_operation(Operation&& op) : op_{std::move(op)} {}

  bool await_ready() {
    op_.where = where;
    return op_.await_ready();
  }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> h) {
    return op_.await_suspend(h);
  }
  result<value_type> await_resume() { return op_.take(); }

  std::source_location where;

 private:
  Operation op_;
};

/// For operations that can fail: `connect`, `spawn`, `call`, `ask`, `send`.
template <operation Operation>
as_result_operation<std::remove_cvref_t<Operation>> as_result(Operation&& op) {
  return as_result_operation<std::remove_cvref_t<Operation>>{std::move(op)};
}

}  // namespace snow
