#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "snow/process/outside.hpp"
#include "snow/process/reply_to.hpp"

namespace snow {

/// `co_await self.blocking(f)`: runs `f` on the node's pool of threads for what blocks and gives its value or
/// throws what it threw. If the actor ends meanwhile, `f` runs on and its value is thrown away.
template <class F>
class [[nodiscard]] blocking_operation : detail::outside_operation {
 public:
  using snow_operation = void;
  using value_type = std::invoke_result_t<F&>;
  using waiter::where;

  blocking_operation(cell& c, F f) : outside_operation{c}, f_(std::forward<F>(f)) { does = &operations_; }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    environment_ = &environment::current();
    begin();
    work_.run = [](job& j) { static_cast<work&>(j).of->execute(); };
    work_.of = this;
    environment_->offload->submit(work_);  // may throw: then the actor does not wait
    detail::wait_in(*this, h.promise());
  }
  value_type await_resume() {
    if (failure_) std::rethrow_exception(std::move(failure_));
    if constexpr (!std::is_void_v<value_type>) return *std::move(value_);
  }

 private:
  struct work : job {
    blocking_operation* of = nullptr;
  };

  void execute() noexcept {
    try {
      if constexpr (std::is_void_v<value_type>) {
        f_();
        value_.emplace();
      } else {
        value_.emplace(f_());
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
    finish(*environment_);
  }
  static bool complete(waiter&, cell&, envelope& e) { return dispose(&e), true; }
  static bool abandon(waiter& w, cell& c) { return static_cast<blocking_operation&>(w).take_over(c); }
  static constexpr operations operations_{detail::leave_in_mailbox, detail::by_number<complete>,
                                          detail::go_on, abandon};

  F f_;
  environment* environment_ = nullptr;
  work work_;
  std::optional<detail::value_of<value_type>> value_;
  std::exception_ptr failure_;
};

}  // namespace snow
