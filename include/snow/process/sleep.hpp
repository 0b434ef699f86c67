#pragma once

#include <atomic>
#include <memory>
#include <type_traits>

#include "snow/process/deadline.hpp"
#include "snow/process/operation.hpp"

namespace snow {

/// `co_await self.sleep_for(d)`: never shorter (S-15); mail keeps arriving.
class [[nodiscard]] sleep_operation : waiter {
 public:
  using snow_operation = void;
  using value_type = void;
  using waiter::where;

  sleep_operation(cell& c, duration d) noexcept : cell_{c}, length_{d} {
    does = &operations_;
    number = worker::current()->new_request();
  }
  sleep_operation(sleep_operation&&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    detail::wait_in(*this, h.promise());
    deadline_.arm(cell_.id(), number, environment::current().clock().now() + length_);
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
  static constexpr operations operations_{detail::leave_in_mailbox, complete, detail::go_on, abandon};

  cell& cell_;
  duration length_;
  detail::deadline_timer deadline_;
};

/// A message that is to be sent later. `cancel()` keeps it from being sent; letting the handle go does not.
class timer_ref {
 public:
  timer_ref() = default;
  explicit timer_ref(std::shared_ptr<std::atomic<bool>> cancelled) noexcept
      : cancelled_{std::move(cancelled)} {}
  void cancel() noexcept {
    if (cancelled_) cancelled_->store(true, std::memory_order_release);
  }

 private:
  std::shared_ptr<std::atomic<bool>> cancelled_;
};

namespace detail {

/// `send` does the sending: it is called on the worker where the timer was made.
template <class F>
struct sending_timer : timer {
  std::shared_ptr<std::atomic<bool>> cancelled;
  F send;
  duration period;  ///< zero: once
  sending_timer(std::shared_ptr<std::atomic<bool>> flag, F f, duration every)
      : cancelled{std::move(flag)}, send(std::move(f)), period{every} {}

  static void on_fire(timer& t, worker& w) {
    auto& me = static_cast<sending_timer&>(t);
    if (me.cancelled->load(std::memory_order_acquire) || !me.send(environment::of(w)) ||
        me.period == duration{})
      return dispose(&t);
    t.is.store(timer::state::armed, std::memory_order_relaxed);
    w.arm(t, t.deadline + me.period, on_fire);
  }
};

template <class F>
timer_ref send_later(duration first, duration period, F send) {
  worker& w = *worker::current();
  auto flag = std::make_shared<std::atomic<bool>>(false);
  using made = sending_timer<F>;
  auto* const t =
      make_envelope<made>(w.memory(), signal_kind::completion, destroys<made>, flag, std::move(send), period);
  w.arm(*t, w.owner().clock().now() + first, made::on_fire);
  return timer_ref{std::move(flag)};
}

}  // namespace detail

}  // namespace snow
