#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "snow/process/deadline.hpp"
#include "snow/process/operation.hpp"
#include "snow/process/sending_state.hpp"

namespace snow {

/// `co_await self.sleep_for(d)`: never shorter (S-15); mail keeps arriving.
class [[nodiscard]] sleep_operation : waiter {
 public:
  using snow_operation = void;
  using value_type = void;
  using waiter::where;

  sleep_operation(cell& c, duration d) noexcept : cell_{c}, length_{d} { does = &operations_; }
  sleep_operation(sleep_operation&&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    detail::wait_in(*this, h.promise());
    deadline_.arm(cell_.id(), environment::current().clock().now() + length_);
  }
  void await_resume() const noexcept {}
  result<void> take() const { return {}; }

 private:
  static bool complete(waiter& w, cell&, envelope& e) {
    if (static_cast<sleep_operation&>(w).deadline_.is(e)) return true;
    dispose(&e);
    return false;
  }
  static bool abandon(waiter& w, cell&) { return static_cast<sleep_operation&>(w).deadline_.cancel(), false; }
  static constexpr operations operations_{
      detail::leave_in_mailbox, complete, detail::go_on, abandon,
      [](const cell& c) noexcept { return c.innermost == c.root; }};  // not in a handler's coroutine

  cell& cell_;
  duration length_;
  detail::deadline_timer deadline_;
};

class timer_ref;

namespace detail {
template <class F>
timer_ref send_later(duration first, duration period, F send);
}

/// A message that is to be sent later. Letting the handle go does not keep it from being sent.
class timer_ref {
 public:
  timer_ref() = default;
  /// Any thread, while the node lives: nothing more is sent. False when all had been sent, or this was called
  /// before. O(log timers), on the worker where it was made.
  bool cancel() noexcept;

 private:
  template <class F>
  friend timer_ref detail::send_later(duration first, duration period, F send);

  struct shared {
    detail::sending_state<> is;
    timer* what = nullptr;
  };
  explicit timer_ref(std::shared_ptr<shared> s) noexcept : shared_{std::move(s)} {}

  std::shared_ptr<shared> shared_;
};

inline bool timer_ref::cancel() noexcept {
  if (!shared_) return false;
  auto const was = shared_->is.cancel();
  if (was == detail::sending_state<>::phase::armed) worker::withdraw(*shared_->what);
  return was != detail::sending_state<>::phase::over;
}

namespace detail {

/// `send` does the sending, on the worker where the timer was made, and tells whether a repeated one goes on.
template <class F>
timer_ref send_later(duration first, duration period, F send) {
  struct sending : timer {
    std::shared_ptr<timer_ref::shared> shared;
    F send;
    duration period;  // zero: once
    sending(std::shared_ptr<timer_ref::shared> s, F f, duration every)
        : shared{std::move(s)}, send(std::move(f)), period{every} {}
    ~sending() { shared->is.end(); }

    static void on_fire(timer& t, worker& w) {
      auto& me = static_cast<sending&>(t);
      if (!me.shared->is.begin()) return;  // whoever cancelled it has it disposed of
      if (!me.send(environment::of(w)) || me.period == duration{}) return dispose(&t);
      t.is.store(timer::state::armed, std::memory_order_relaxed);
      w.arm(t, t.deadline + me.period, on_fire);  // first: from then on others may withdraw it
      if (!me.shared->is.go_on()) worker::withdraw(t);
    }
  };
  worker& w = *worker::current();
  auto shared = std::make_shared<timer_ref::shared>();
  auto* const t = make_envelope<sending>(w.memory(), signal_kind::completion, destroys<sending>, shared,
                                         std::move(send), period);
  shared->what = t;
  w.arm(*t, w.owner().clock().now() + first, sending::on_fire);
  return timer_ref{std::move(shared)};
}

}  // namespace detail

}  // namespace snow
