#pragma once

#include <exception>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "snow/process/context_bodies.hpp"

/// What lets threads that are no actors take part: small actors that speak for them.
namespace snow::detail {

/// A promise that is always kept: with `shutting_down` when the node ends first.
template <class R>
class kept_promise {
 public:
  kept_promise() = default;
  kept_promise(kept_promise&&) noexcept = default;
  kept_promise& operator=(kept_promise&&) = delete;
  ~kept_promise() {
    if (open_)
      fail(std::make_exception_ptr(error{errc::shutting_down, "the node ended before the answer came"}));
  }

  std::future<R> future() { return promise_->get_future(); }
  void fail(std::exception_ptr why) noexcept {
    open_.release();
    promise_->set_exception(std::move(why));
  }
  std::promise<R>& keep() noexcept {
    open_.release();
    return *promise_;
  }

 private:
  struct flag {
    bool value = true;
    flag() = default;
    flag(flag&& other) noexcept : value{std::exchange(other.value, false)} {}
    void release() noexcept { value = false; }
    explicit operator bool() const noexcept { return value; }
  };
  std::unique_ptr<std::promise<R>> promise_ = std::make_unique<std::promise<R>>();
  flag open_;
};

/// An `M` out of the arguments of `send<M>` and `ask<M>`.
template <class M, class... Args>
M made_of(Args&&... args) {
  if constexpr (builds<M, Args...>::by_field) {
    return M{field_argument<M, Args>{std::forward<Args>(args)}...};
  } else {
    return M(std::forward<Args>(args)...);
  }
}

template <class M, class To>
actor asker(context& self, To to, M question, kept_promise<typename M::reply_type> answer) {
  using R = typename M::reply_type;
  try {
    if constexpr (std::is_void_v<R>) {
      co_await self.ask<M>(to, question);
      answer.keep().set_value();
    } else {
      answer.keep().set_value(co_await self.ask<M>(to, question));
    }
  } catch (...) {
    answer.fail(std::current_exception());
  }
}

}  // namespace snow::detail
