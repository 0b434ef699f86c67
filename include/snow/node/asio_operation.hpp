#pragma once

#include "snow/base/config.hpp"
// Asio needs the line above.
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "snow/node/asio_poller.hpp"
#include "snow/process/context.hpp"
#include "snow/process/outside.hpp"
#include "snow/runtime/run_on.hpp"

namespace snow {

/// `co_await self.asio(op)`: an operation of Asio, run on the `io_context` of the worker that the actor is on
/// when it begins. Gives its value or throws its failure (`std::system_error`). If the actor ends meanwhile
/// the operation is cancelled; until it has completed, the actor's frames linger.
template <class T>
class [[nodiscard]] asio_operation : detail::outside_operation {
 public:
  using snow_operation = void;
  using value_type = T;
  using waiter::where;

  asio_operation(cell& c, asio::awaitable<T> work) : outside_operation{c}, work_{std::move(work)} {
    does = &operations_;
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    environment_ = &environment::current();
    home_ = worker::current();
    auto* const on_asio = dynamic_cast<asio_poller*>(&home_->sleeps_on());
    if (!on_asio)
      throw error{
          errc::not_allowed,
          "self.asio(op): this worker is not on Asio, as in a simulation; a double takes its place there"};
    asio::io_context& io = on_asio->io();
    begin();
    detail::wait_in(*this, h.promise());
    if constexpr (std::is_void_v<T>) {
      asio::co_spawn(io, std::move(work_),
                     asio::bind_cancellation_slot(cancel_->slot(), [this](std::exception_ptr e) {
                       if (e)
                         failure_ = e;
                       else
                         value_.emplace();
                       finish(*environment_);
                     }));
    } else {
      asio::co_spawn(io, std::move(work_),
                     asio::bind_cancellation_slot(cancel_->slot(), [this](std::exception_ptr e, T value) {
                       if (e)
                         failure_ = e;
                       else
                         value_.emplace(std::move(value));
                       finish(*environment_);
                     }));
    }
  }
  T await_resume() {
    if (failure_) std::rethrow_exception(std::move(failure_));
    if constexpr (!std::is_void_v<T>) return *std::move(value_);
  }

 private:
  static bool complete(waiter&, cell&, envelope& e) { return dispose(&e), true; }
  /// Cancelled where it runs: on its own worker.
  static bool abandon(waiter& w, cell& c) {
    auto& self = static_cast<asio_operation&>(w);
    worker& home = *self.home_;
    auto const cancel =
        self.cancel_;  // the operation may complete, and be gone, before the cancellation comes
    if (!self.take_over(c)) return false;
    run_on(home, [cancel] { cancel->emit(asio::cancellation_type::terminal); });
    return true;
  }
  static constexpr operations operations_{detail::leave_in_mailbox, detail::by_number<complete>,
                                          detail::go_on, abandon};

  asio::awaitable<T> work_;
  std::shared_ptr<asio::cancellation_signal> cancel_ = std::make_shared<asio::cancellation_signal>();
  environment* environment_ = nullptr;
  worker* home_ = nullptr;
  std::optional<detail::value_of<T>> value_;
  std::exception_ptr failure_;
};

/// What `context::asio` finds.
template <class T>
asio_operation<T> asio_operation_of(cell& c, asio::awaitable<T>&& work) {
  return {c, std::move(work)};
}
template <class Initiation>
auto asio_operation_of(cell& c, Initiation&& initiate) {
  static_assert(
      std::is_invocable_v<Initiation&, asio::use_awaitable_t<>>,
      "snow: self.asio(op) takes an asio::awaitable<T>, or a function that starts an operation with the "
      "completion token it is given, as in [&](auto token) { return timer.async_wait(token); }");
  return asio_operation_of(c, initiate(asio::use_awaitable));
}

}  // namespace snow
