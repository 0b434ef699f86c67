#pragma once

#include <coroutine>

#include "snow/process/context.hpp"
#include "snow/process/operation.hpp"
#include "snow/process/signals.hpp"

namespace snow::detail {

/// Waits until an actor of this node has looked at its signals, or is gone.
class look_operation : waiter {
 public:
  using snow_operation = void;
  using value_type = void;
  using waiter::where;

  look_operation(const pid& me, const pid& at) noexcept : me_{me}, at_{at} {
    does = &operations_;
    number = worker::current()->new_request();
  }
  look_operation(look_operation&&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    wait_in(*this, h.promise());
    if (signal_room(environment::current(), at_, {me_, number})) return true;
    h.promise().self->waiting = nullptr;
    h.promise().self->innermost = nullptr;
    return false;
  }
  void await_resume() const noexcept {}

 private:
  static bool complete(waiter&, cell&, envelope& e) { return dispose(&e), true; }
  static constexpr operations operations_{leave_in_mailbox, complete, go_on, nothing_outside};

  pid me_, at_;
};

/// Returns once an actor that `self` has just spawned on this node waits for the first time, or has ended;
/// whether it lives. Its mailbox is unbounded.
inline task<bool> first_wait(context& self, pid made) {
  // It may look at its first signals before its first instruction, but at none that is sent after that.
  for (int looks = 0; looks < 2; ++looks) {
    look_operation look{self.id(), made};
    co_await look;
  }
  co_return environment::current().actors().find(made) != nullptr;
}

}  // namespace snow::detail
