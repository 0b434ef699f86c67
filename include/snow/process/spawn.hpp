#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/process/arguments.hpp"
#include "snow/process/context.hpp"
#include "snow/reflect/name.hpp"
#include "snow/registry/callable.hpp"

namespace snow {

namespace detail {

/// Arguments as a parameter list takes them, converted at the call (`bad_arguments` where one does not fit).
template <class Kept, class... Args>
Kept keep(Args&&... args) {
  static_assert(sizeof...(Args) == std::tuple_size_v<Kept>,
                "snow: the function takes another number of arguments");
  static_assert(
      (!fragile_temporary<Args> && ...),
      "snow: pass an aggregate with members that must be destroyed by name: GCC 12 would destroy a temporary "
      "twice inside co_await, and a moved one cannot be told from it: name it first, then pass the name");
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    static_assert((converts_to<std::tuple_element_t<I, Kept>, Args&&> && ...),
                  "snow: an argument does not convert to its parameter");
    return Kept{converted<std::tuple_element_t<I, Kept>>(std::forward<Args>(args))...};
  }
  (std::index_sequence_for<Args...>{});
}

/// A kept argument as its parameter takes it: moved out where the parameter is a value, in place otherwise.
template <class P, class Kept>
decltype(auto) handed(Kept& kept) noexcept {
  if constexpr (std::is_reference_v<P> || !std::same_as<std::remove_cv_t<P>, Kept>) {
    return static_cast<const Kept&>(kept);
  } else {
    return std::move(kept);
  }
}

template <auto F, std::size_t... I>
decltype(auto) invoke_kept(context& self, typename callable<F>::kept& kept, std::index_sequence<I...>) {
  using parts = callable<F>;
  if constexpr (parts::has_context) {
    return F(self, handed<std::tuple_element_t<I, typename parts::parameters>>(std::get<I>(kept))...);
  } else {
    return F(handed<std::tuple_element_t<I, typename parts::parameters>>(std::get<I>(kept))...);
  }
}
template <auto F>
decltype(auto) invoke_kept(context& self, typename callable<F>::kept& kept) {
  return invoke_kept<F>(self, kept, std::make_index_sequence<callable<F>::arity>{});
}

/// Waits for the end of a coroutine of another actor function, run as a part of this one.
class run_inside {
 public:
  using snow_operation = void;
  explicit run_inside(actor&& a) noexcept : place_{std::move(a).release()} {}
  run_inside(run_inside&&) = delete;
  ~run_inside() {
    if (place_.inner) place_.inner->handle().destroy();
  }
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) noexcept {
    enter(place_, h.promise());
  }
  void await_resume() const {
    attachments* const a = worker::current()->running->attached;
    if (a && a->failure) std::rethrow_exception(std::exchange(a->failure, nullptr));
  }

 private:
  frame_place place_;
};

/// What a call of `F` gives.
template <auto F>
using call_result = std::conditional_t<callable<F>::is_actor, void, typename callable<F>::result>;

/// Runs a function of any kind as an actor that answers with its value, also when it does not get to start.
template <auto F>
actor answering_actor(context& self, typename callable<F>::kept& kept, reply_to<call_result<F>> answer) {
  using parts = callable<F>;
  using R = call_result<F>;
  try {
    if constexpr (parts::is_actor) {
      run_inside whole{invoke_kept<F>(self, kept)};
      co_await std::move(whole);
      answer();
    } else if constexpr (parts::is_task) {
      auto whole = invoke_kept<F>(self, kept);
      if constexpr (std::is_void_v<R>) {
        co_await std::move(whole);
        answer();
      } else {
        answer(co_await std::move(whole));
      }
    } else if constexpr (std::is_void_v<R>) {
      invoke_kept<F>(self, kept);
      answer();
    } else {
      answer(invoke_kept<F>(self, kept));
    }
  } catch (...) {
    answer.fail(errc::exception, std::string{reason_of_exception().text()});
    throw;
  }
}

/// The same, without anybody who waits for the value.
template <auto F>
actor detached_actor(context& self, typename callable<F>::kept& kept) {
  if constexpr (callable<F>::is_task) {
    auto whole = invoke_kept<F>(self, kept);
    co_await std::move(whole);
  } else {
    (void)self;
    static_cast<void>(invoke_kept<F>(self, kept));
    co_return;
  }
}

template <class Launch>
void destroy_launch(launch& l) noexcept {
  std::destroy_at(&static_cast<Launch&>(l));
  pool::deallocate(&l, sizeof(Launch));
}

template <auto F>
struct launch_of : context {
  typename callable<F>::kept kept;

  explicit launch_of(typename callable<F>::kept&& arguments)
      : context{operations_}, kept(std::move(arguments)) {}

 private:
  static frame* start(launch& l) {
    auto& me = static_cast<launch_of&>(l);
    if constexpr (callable<F>::is_actor) {
      return invoke_kept<F>(me, me.kept).release();
    } else {
      return detached_actor<F>(me, me.kept).release();
    }
  }
  static constexpr operations operations_{start, destroy_launch<launch_of>, spelled_function<F>()};
};

/// The same with somebody who waits for the value.
template <auto F>
struct call_launch_of : context {
  typename callable<F>::kept kept;
  reply_path back;

  call_launch_of(typename callable<F>::kept&& arguments, const reply_path& path)
      : context{operations_}, kept(std::move(arguments)), back{path} {}

 private:
  static frame* start(launch& l) {
    auto& me = static_cast<call_launch_of&>(l);
    return answering_actor<F>(me, me.kept, {environment::current(), me.back}).release();
  }
  static constexpr operations operations_{start, destroy_launch<call_launch_of>, spelled_function<F>()};
};

/// A launch in the node's memory, ready for `start_actor`.
template <class Launch, class... Args>
launch& make_launch(environment& env, Args&&... args) {
  static_assert(alignof(Launch) <= 16, "snow: an actor's argument may be aligned to 16 bytes at most");
  void* const block = env.allocate(sizeof(Launch));
  try {
    return *new (block) Launch(std::forward<Args>(args)...);
  } catch (...) {
    pool::deallocate(block, sizeof(Launch));
    throw;
  }
}

}  // namespace detail

/// What an actor starts with, beside its function and arguments.
struct start_options {
  pid parent = {};
  std::int32_t mailbox_limit = 0;  ///< 0: unbounded
  snow::on_full on_full = snow::on_full::block;
  std::string_view name = {};
  std::shared_ptr<const void> code = {};  ///< kept until the last of its frames is destroyed
  watch watcher = {};  ///< in place before the first instruction (S-18), when its `watcher` is someone
  pid linked_to = {};  ///< likewise, when it is someone
  std::uint64_t connection = 0;  ///< by which that one's node is reached; 0: it is this one
  /// Called with the pid before the actor can run: what it says goes out before anything that the actor does
  /// (S-17).
  void (*announce)(void* to, const pid& made) = nullptr;
  void* announce_to = nullptr;
};

/// Any thread. Takes the launch over, also when it throws: `overloaded` at the node's limit, `shutting_down`,
/// `name_in_use`.
pid start_actor(environment& env, launch& l, const start_options& o);

}  // namespace snow
