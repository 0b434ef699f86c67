#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "snow/base/fwd.hpp"
#include "snow/process/operation.hpp"
#include "snow/runtime/frame.hpp"

namespace snow {

namespace detail {

/// The operation that stands in a `co_await` expression. (GCC 12 copies an operation that `await_transform`
/// returns by reference.)
template <class Operation>
struct awaiting {
  Operation* op;
  bool await_ready() { return op->await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> h) {
    return op->await_suspend(h);
  }
  decltype(auto) await_resume() { return op->await_resume(); }
};

/// What the promises of `actor` and `task` share: which awaits compile, and where they stand.
struct coroutine_frame : frame {
  template <class Operation>
  awaiting<std::remove_reference_t<Operation>> await_transform(
      Operation&& op, std::source_location where = std::source_location::current()) noexcept {
    static_assert(operation<std::remove_cvref_t<Operation>>,
                  "snow: an actor awaits snow's operations only: wrap an Asio operation as self.asio(op), "
                  "and what blocks as "
                  "self.blocking(f)");
    if constexpr (requires { op.where = where; }) op.where = where;
    return {&op};
  }
  std::suspend_always initial_suspend() const noexcept { return {}; }

  /// Hands over to who awaits this frame; the worker carries it out.
  struct end {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> h) const noexcept {
      worker::current()->running->innermost = h.promise().awaiter();
    }
    void await_resume() const noexcept {}
  };
  end final_suspend() const noexcept { return {}; }
};

/// What is kept there runs next, and `outer` after it.
inline void enter(frame_place& place, frame& outer) noexcept {
  place.outer = &outer;
  place.inner->place = &place;
  worker::current()->running->innermost = place.inner;
}

template <class T>
struct task_promise;

}  // namespace detail

/// A part of an actor that is itself a coroutine: lazy, awaited once, by the actor that called it.
/// `co_await task` runs it and gives its value or throws what it threw. Destroying one that has not ended
/// destroys its frame where it stands.
template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::task_promise<T>;
  using snow_operation = void;

  task(task&& other) noexcept : place_{std::exchange(other.place_.inner, nullptr)} {}
  task& operator=(task&&) = delete;
  ~task() {
    if (place_.inner) place_.inner->handle().destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) noexcept {
    detail::enter(place_, h.promise());
  }
  T await_resume() { return static_cast<promise_type*>(place_.inner)->take(); }

  /// `receive` runs it in the place of a handler.
  frame* release() && noexcept { return std::exchange(place_.inner, nullptr); }

 private:
  friend promise_type;
  explicit task(frame* f) noexcept : place_{f} {}
  frame_place place_;
};

namespace detail {

template <class T>
struct task_promise : coroutine_frame {
  std::optional<T> value;
  std::exception_ptr failure;
  static_assert(alignof(std::optional<T>) <= 16,
                "snow: the value of a task may be aligned to 16 bytes at most");

  task<T> get_return_object() noexcept { return task<T>{this}; }
  template <class U>
  void return_value(U&& given) {
    value.emplace(std::forward<U>(given));
  }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  T take() {
    if (failure) std::rethrow_exception(std::move(failure));
    return *std::move(value);
  }
};

template <>
struct task_promise<void> : coroutine_frame {
  std::exception_ptr failure;

  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  void take() {
    if (failure) std::rethrow_exception(std::move(failure));
  }
};

inline task<void> task_promise<void>::get_return_object() noexcept {
  return task<void>{this};
}

}  // namespace detail

/// The result type of a function that is an actor: `snow::actor f(snow::context& self, Args...)`.
class [[nodiscard]] actor {
 public:
  /// What it threw waits with the actor: hardly any needs the room.
  struct promise_type : detail::coroutine_frame {
    actor get_return_object() noexcept { return actor{this}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept {
      attached(*worker::current()->running).failure = std::current_exception();
    }
  };

  actor(actor&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  actor& operator=(actor&&) = delete;
  ~actor() {
    if (frame_) frame_->handle().destroy();
  }

  /// The runtime takes the coroutine over.
  promise_type* release() && noexcept { return std::exchange(frame_, nullptr); }

 protected:
  explicit actor(promise_type* f) noexcept : frame_{f} {}

 private:
  promise_type* frame_;
};

}  // namespace snow
