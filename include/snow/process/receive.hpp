#pragma once

#include <concepts>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/process/deadline.hpp"
#include "snow/process/handler.hpp"
#include "snow/process/mail.hpp"
#include "snow/process/operation.hpp"

namespace snow {

namespace detail {

/// What the handlers that answer nobody return together: all nothing, or all a value.
template <class... Results>
struct joined {
  static_assert(
      (std::is_void_v<Results> && ...) || (!std::is_void_v<Results> && ...),
      "snow: the handlers of one receive return nothing, all of them, or a value, all of them (those of "
      "requests aside, whose values go to the asker)");
  using type = void;
};
template <class... Results>
requires(sizeof...(Results) > 0 && (!std::is_void_v<Results> && ...)) struct joined<Results...> {
  using type = std::common_type_t<Results...>;
};

template <class Done, class... Handlers>
struct join_results;
template <class... Done>
struct join_results<std::tuple<Done...>> : joined<Done...> {};
template <class... Done, class H, class... Rest>
struct join_results<std::tuple<Done...>, H, Rest...>
    : std::conditional_t<handler_traits<H>::answers, join_results<std::tuple<Done...>, Rest...>,
                         join_results<std::tuple<Done..., typename handler_traits<H>::result>, Rest...>> {};

}  // namespace detail

/// `co_await self.receive(handlers...)`: takes the oldest message that one of the handlers takes; the others
/// keep their place (S-9). Handlers are tried in the order in which they are written. A handler that throws
/// fails the ask that it was to answer and throws out of the `co_await`.
template <class... H>
class [[nodiscard]] receive_operation : waiter {
 public:
  using snow_operation = void;
  using value_type = typename detail::join_results<std::tuple<>, std::remove_cvref_t<H>...>::type;
  using waiter::where;
  static_assert(
      std::is_void_v<value_type> || !(detail::handler_traits<std::remove_cvref_t<H>>::answers || ...),
      "snow: a receive that returns a value takes no request that a handler answers by returning: give that "
      "handler a snow::reply_to parameter, or the request a receive of its own");

  template <class... Given>
  explicit receive_operation(Given&&... handlers) : handlers_(std::forward<Given>(handlers)...) {
    does = &operations_;
  }
  receive_operation(receive_operation&&) = delete;
  ~receive_operation() {
    if constexpr (starts_coroutines)
      if (running_.inner) running_.inner->handle().destroy();
    if (taken_) detail::note_failed(*taken_);
    stop_handling();
  }

  bool await_ready() {
    cell& me = *worker::current()->running;
    if (!me.first) return false;
    if (!detail::may_go_on(me)) {
      gives_way_ = true;
      return false;
    }
    return look(me) && !starts_coroutine();
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    if (gives_way_) return detail::give_way(*this, h.promise());
    if (taken_) return start(h.promise());
    detail::wait_in(*this, h.promise());
    arm_after(*worker::current()->running);
  }
  value_type await_resume() { return finish(std::index_sequence_for<H...>{}); }

 private:
  template <std::size_t I>
  using handler = std::remove_cvref_t<std::tuple_element_t<I, std::tuple<H...>>>;
  template <std::size_t I>
  using traits = detail::handler_traits<handler<I>>;
  static constexpr int nobody = -1;
  static constexpr bool starts_coroutines =
      (detail::handler_traits<std::remove_cvref_t<H>>::is_coroutine || ...);
  static constexpr bool answers_later = ((detail::handler_traits<std::remove_cvref_t<H>>::is_coroutine &&
                                          detail::handler_traits<std::remove_cvref_t<H>>::answers) ||
                                         ...);

  // ---- which message

  /// Goes through the mail that is there.
  bool look(cell& c) {
    envelope* before = nullptr;
    for (envelope* e = c.first; e;) {
      envelope* const next = e->next;
      switch (detail::sort<H...>(*e, which_)) {
        case detail::sorted::keep:
          before = e;
          break;
        case detail::sorted::take:
          c.unlink(before, *e);
          return take(c, *e);
        case detail::sorted::drop:
          c.unlink(before, *e);
          detail::drop(c, *e);
          break;
      }
      e = next;
    }
    return false;
  }
  bool take(cell& c, envelope& e) {
    envelope* const opened = open(c, e, std::index_sequence_for<H...>{});
    if (!opened) return look(c);
    taken_.reset(opened);
    after_.cancel();
    return true;
  }
  template <std::size_t... I>
  envelope* open(cell& c, envelope& e, std::index_sequence<I...>) {
    envelope* opened = nullptr;
    (void)((static_cast<int>(I) == which_ && (opened = detail::opened<handler<I>>(c, e), true)) || ...);
    return opened;
  }

  static bool offer(waiter& w, cell& c, envelope& e) {
    auto& self = static_cast<receive_operation&>(w);
    switch (detail::sort<H...>(e, self.which_)) {
      case detail::sorted::keep:
        c.append(e);
        return false;
      case detail::sorted::drop:
        detail::drop(c, e);
        return false;
      case detail::sorted::take:
        break;
    }
    envelope* const opened = self.open(c, e, std::index_sequence_for<H...>{});
    if (!opened) return false;
    self.taken_.reset(opened);
    self.after_.cancel();
    if (self.starts_coroutine()) self.start(*c.innermost);
    return true;
  }
  static bool complete(waiter& w, cell& c, envelope& e) {
    auto& self = static_cast<receive_operation&>(w);
    if (!self.after_.is(e)) return dispose(&e), false;
    self.which_ = after_index;
    if (self.starts_coroutine()) self.start(*c.innermost);
    return true;
  }
  static bool retry(waiter& w, cell& c) {
    auto& self = static_cast<receive_operation&>(w);
    self.gives_way_ = false;
    if (!self.look(c)) return self.arm_after(c), false;
    if (self.starts_coroutine()) self.start(*c.innermost);
    return true;
  }
  static bool abandon(waiter& w, cell&) { return static_cast<receive_operation&>(w).after_.cancel(), false; }
  static constexpr operations operations_{offer, complete, retry, abandon,
                                          [](const cell&) noexcept { return true; }};

  // ---- the bound

  static constexpr int find_after() {
    int index = nobody, i = 0;
    (((detail::is_after<std::remove_cvref_t<H>> ? index = i : 0), ++i), ...);
    return index;
  }
  static constexpr int after_index = find_after();
  static_assert((0 + ... + int{detail::is_after<std::remove_cvref_t<H>>}) <= 1,
                "snow: one receive has one snow::after");

  void arm_after(cell& c) {
    if constexpr (after_index != nobody) {
      time_point const now = worker::current()->owner().clock().now();
      after_.arm(c.id(), now + std::get<after_index>(handlers_).limit);
    }
  }

  // ---- running the handler

  template <std::size_t... I>
  bool starts_coroutine(std::index_sequence<I...>) const noexcept {
    return ((static_cast<int>(I) == which_ && traits<I>::is_coroutine) || ...);
  }
  bool starts_coroutine() const noexcept { return starts_coroutine(std::index_sequence_for<H...>{}); }

  void start(frame& outer) { start(outer, std::index_sequence_for<H...>{}); }
  template <std::size_t... I>
  void start(frame& outer, std::index_sequence<I...>) {
    (void)((static_cast<int>(I) == which_ && (start_one<I>(outer), true)) || ...);
  }
  template <std::size_t I>
  void start_one(frame& outer) {
    if constexpr (traits<I>::is_coroutine) {
      running_.inner = invoke<I>().release();
      detail::enter(running_, outer);
      if constexpr (traits<I>::answers)
        if (taken_->asked) {
          handled_.request = taken_.get();
          handled_.outer = std::exchange(attached(*worker::current()->running).handling, &handled_);
        }
    }
  }

  /// Calls handler I with what was taken.
  template <std::size_t I>
  decltype(auto) invoke() {
    auto& h = std::get<I>(handlers_);
    if constexpr (detail::is_after<handler<I>>) {
      return h.f();
    } else if constexpr (traits<I>::takes_any) {
      return h(message{std::move(taken_)});
    } else {
      using M = typename traits<I>::message;
      auto& value = static_cast<letter<M>&>(*taken_).value;
      if constexpr (traits<I>::defers) {
        return h(static_cast<typename traits<I>::template argument<0>>(std::move(value)),
                 detail::reply_to_of<typename M::reply_type>(*worker::current()->running, *taken_));
      } else {
        return h(static_cast<typename traits<I>::template argument<0>>(std::move(value)));
      }
    }
  }

  template <std::size_t I>
  decltype(auto) run() {
    if constexpr (traits<I>::is_coroutine) {
      using promise = detail::task_promise<typename traits<I>::result>;
      return static_cast<promise*>(running_.inner)->take();
    } else {
      return invoke<I>();
    }
  }

  template <std::size_t I>
  value_type finish_one() {
    if constexpr (traits<I>::answers) {
      using R = typename traits<I>::message::reply_type;
      try {
        if constexpr (std::is_void_v<R>) {
          run<I>();
          detail::answer_request<R>(*taken_);
        } else {
          detail::answer_request<R>(*taken_, run<I>());
        }
      } catch (...) {
        detail::fail_request_by_exception(*taken_);
        throw;
      }
    } else {
      return run<I>();
    }
  }
  template <std::size_t... I>
  value_type finish(std::index_sequence<I...>) {
    if constexpr (std::is_void_v<value_type>) {
      (void)((static_cast<int>(I) == which_ && (finish_one<I>(), true)) || ...);
      release();
    } else {
      std::optional<value_type> result;
      (void)((static_cast<int>(I) == which_ && (result.emplace(finish_one<I>()), true)) || ...);
      release();
      return *std::move(result);
    }
  }
  void release() noexcept {
    stop_handling();
    taken_.reset();
  }
  void stop_handling() noexcept {
    if constexpr (answers_later)
      if (std::exchange(handled_.request, nullptr))
        worker::current()->running->attached->handling = handled_.outer;
  }

  std::tuple<H...> handlers_;
  taken_message taken_;
  struct no_request {};
  struct no_coroutine {};
  [[no_unique_address]] std::conditional_t<answers_later, handled_request, no_request> handled_;
  [[no_unique_address]] std::conditional_t<starts_coroutines, frame_place, no_coroutine> running_{};
  int which_ = nobody;
  bool gives_way_ = false;
  [[no_unique_address]] std::conditional_t<after_index != nobody, detail::deadline_timer, detail::no_deadline>
      after_;
};

}  // namespace snow
