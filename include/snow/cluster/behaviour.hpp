#pragma once

#include <array>
#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/cluster/can_copy.hpp"
#include "snow/process.hpp"

/// What `snow::serve` and `snow::state_machine` share.
namespace snow {

/// A handler of a behaviour gives it back to end the behaviour, with that reason: `return snow::stop{};`,
/// `return snow::stop{"disk full"};`.
struct stop {
  explicit stop(reason why_ = errc::normal) noexcept : why{std::move(why_)} {}
  reason why;
};
/// Or to go on, where it may also stop.
struct go_on_t {
  explicit go_on_t() = default;
};
inline constexpr go_on_t go_on{};

/// A request that every behaviour answers with a copy of its state, if that is serializable and copyable. For
/// tests and for whoever looks for a fault, as `sys:get_state`.
template <class State>
struct get_state {
  using reply_type = State;
};

namespace detail {

template <class State>
struct name_of_get_state {
  static constexpr std::string_view prefix = "snow::get_state of ";
  static constexpr auto text = [] {
    std::array<char, prefix.size() + name_of<State>.size()> joined{};
    std::size_t n = 0;
    for (char const c : prefix) joined[n++] = c;
    for (char const c : name_of<State>) joined[n++] = c;
    return joined;
  }();
};

}  // namespace detail

template <class State>
inline constexpr std::string_view name_of<get_state<State>>{detail::name_of_get_state<State>::text.data(),
                                                            detail::name_of_get_state<State>::text.size()};
template <class State>
inline constexpr bool has_portable_name<get_state<State>> = has_portable_name<State>;

/// A behaviour that runs until it is stopped: awaited once, by its actor.
template <class... Message>
class [[nodiscard]] behaviour : public task<> {
 public:
  /// What an `actor_of` is held against.
  using handled = takes<Message...>;
  explicit behaviour(task<>&& loop) noexcept : task<>{std::move(loop)} {}
};

namespace detail {

/// The call of a handler: of a member function of the state, without the state.
template <class H>
struct behaviour_call : one_call<H>::type {};
template <class H>
requires std::is_member_function_pointer_v<H>
struct behaviour_call<H> : call_signature<H> {
};

template <class H>
concept names_its_message = std::is_member_function_pointer_v<H> || has_one_call<H>;

template <class H>
struct message_of_handler {
  static_assert(names_its_message<H>,
                "snow: a handler of a behaviour is a member function of its state, or what receive takes: it "
                "names the one message type that it is for, as in [&](tally t) {...}");
  using type = void;
};
template <names_its_message H>
struct message_of_handler<H> {
  using type = std::remove_cvref_t<std::tuple_element_t<0, typename behaviour_call<H>::arguments>>;
};
template <class F>
struct message_of_handler<after_handler<F>> {
  using type = void;
};
/// What a handler is for: `void` of one that is for a moment, not for a message.
template <class H>
using message_for = typename message_of_handler<std::remove_cvref_t<H>>::type;

template <class Message, class... H>
inline constexpr bool takes_one_of = (std::same_as<Message, message_for<H>> || ...);

template <class Data, class F, class... Args>
decltype(auto) call_for(Data& data, F& f, Args&&... args) {
  if constexpr (std::is_member_function_pointer_v<F>) {
    return (data.*f)(std::forward<Args>(args)...);
  } else {
    return f(std::forward<Args>(args)...);
  }
}

/// What the handlers of one behaviour are bound to. A `Verdict` says whether it goes on.
template <class Data, class Verdict>
struct bond {
  context& self;
  Data& data;
  Verdict verdict{snow::go_on};

  template <class Given>
  void note(Given&& given) {
    static_assert(std::constructible_from<Verdict, Given>,
                  "snow: what a handler of a behaviour returns is an answer, of a request, or nothing, "
                  "snow::go_on, snow::stop{why} or what the behaviour makes of them");
    verdict = Verdict{std::forward<Given>(given)};
  }
  void refuse(std::string_view name) {
    environment& env = environment::current();
    env.rejected.fetch_add(1, std::memory_order_relaxed);
    env.report(log_level::warning, "message",
               std::string{"dropped a message that no handler of the behaviour takes: "}.append(name),
               self.id());
  }
};

/// A handler as `receive` takes it.
template <class Bond, class H, class R, class Arguments>
class bound_handler;
template <class Bond, class H, class R, class... A>
class bound_handler<Bond, H, R, std::tuple<A...>> {
  static constexpr bool answers = sizeof...(A) == 1 && (request<std::remove_cvref_t<A>> && ...);
  static constexpr bool is_coroutine = is_task<R>;
  using result = std::conditional_t<answers, R, std::conditional_t<is_coroutine, task<>, void>>;

 public:
  bound_handler(Bond& to, H& handler) noexcept : to_{&to}, handler_{&handler} {}

  result operator()(A... args) const {
    if constexpr (answers) {
      return call_for(to_->data, *handler_, static_cast<A&&>(args)...);
    } else if constexpr (is_coroutine) {
      return noting(*to_, *handler_, static_cast<A&&>(args)...);
    } else {
      if constexpr (std::is_void_v<R>) {
        call_for(to_->data, *handler_, static_cast<A&&>(args)...);
      } else {
        to_->note(call_for(to_->data, *handler_, static_cast<A&&>(args)...));
      }
    }
  }

 private:
  static task<> noting(Bond& to, H& handler, A... args) {
    auto running = call_for(to.data, handler, static_cast<A&&>(args)...);
    if constexpr (std::is_void_v<typename untasked<R>::type>) {
      co_await std::move(running);
    } else {
      to.note(co_await std::move(running));
    }
  }

  Bond* to_;
  H* handler_;
};

template <class Bond, class H>
auto bind(Bond& to, H& handler) {
  if constexpr (is_after<std::remove_cv_t<H>>) {
    using F = std::remove_reference_t<decltype((handler.f))>;
    using bound = bound_handler<Bond, F, decltype(call_for(to.data, handler.f)), std::tuple<>>;
    return after_handler<bound>{handler.limit, bound{to, handler.f}};
  } else {
    using call = behaviour_call<std::remove_cv_t<H>>;
    return bound_handler<Bond, H, typename call::result, typename call::arguments>{to, handler};
  }
}

/// Who spawned this actor wants it to end: as `gen_server`, to which the exits of others are messages.
template <class Bond>
struct obedience {
  Bond* to;
  void operator()(const exit_signal& s) const { to->note(stop{s.reason}); }
  /// A peer that sends an `exit_signal` as a message is not obeyed.
  static bool leaves(envelope& e) noexcept {
    return is_raw(e) || fits<exit_signal>(e) != fit::yes ||
           static_cast<letter<exit_signal>&>(e).value.pid != worker::current()->running->launched->kin;
  }
};
/// Takes whatever none of the `Known` handlers would take.
template <class Bond, class... Known>
struct refusal {
  Bond* to;
  void operator()(const message& m) const { to->refuse(m.name()); }
  static bool leaves(envelope& e) noexcept { return (fits_known<Known>(e) || ...); }

 private:
  template <class M>
  static bool fits_known(envelope& e) noexcept {
    if constexpr (std::is_void_v<M> || std::same_as<M, message>) {
      return false;
    } else {
      return fits<M>(e) == fit::yes;
    }
  }
};
template <class State>
concept tellable = serializable<State> && can_copy<State>();

template <class State>
auto telling(const State& state) {
  return [&state](get_state<State>) { return state; };
}

/// Nobody sends one: without a codec it does not come from outside either.
class never {
 public:
  explicit never(const pid&) noexcept {}
};
/// As an exit that cannot be trapped, with any reason.
inline task<> end_with(context& self, reason why) {
  signal_exit(environment::current(), self.id(), {self.id(), std::move(why), false, true});
  co_await self.receive([](never) {});
}

/// Runs the loop of a behaviour until its verdict or an exception ends it; then the state's `terminate`.
template <class Bond>
task<> until_its_end(Bond& of, task<> loop) {
  std::exception_ptr failure;
  reason why;
  try {
    co_await std::move(loop);
    why = of.verdict.why();
  } catch (...) {
    failure = std::current_exception();
    why = reason_of_exception();
  }
  if constexpr (requires { of.data.terminate(why); }) {
    if constexpr (is_task<decltype(of.data.terminate(why))>) {
      auto terminating = of.data.terminate(why);
      co_await std::move(terminating);
    } else {
      of.data.terminate(why);
    }
  }
  if (failure) std::rethrow_exception(failure);
  if (why != errc::normal) {
    auto ending = end_with(of.self, why);
    co_await std::move(ending);
  }
}

template <class... H>
constexpr void check_handlers() {
  static_assert(
      ((std::is_lvalue_reference_v<H> || std::is_trivially_destructible_v<std::remove_cvref_t<H>>)&&...),
      "snow: a handler that captures something to be destroyed is named first (auto h = [s](tally) {...};) "
      "and passed by name: GCC 12 would destroy the temporary twice inside co_await");
}

}  // namespace detail

}  // namespace snow
