#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "snow/cluster/behaviour.hpp"

namespace snow {

/// What a handler of a state machine returns: `snow::go_on`, another state, or `snow::stop{why}`; and which
/// events come next.
template <class State>
class [[nodiscard]] step {
 public:
  step(go_on_t) noexcept {}
  step(State to) : to_{std::move(to)} {}
  step(stop s) : stop_{std::move(s.why)} {}

  /// An `M` is handled before all mail that is there, in the order of the calls; in a state that does not
  /// take it it waits, in front.
  template <class M, class... Args>
  step next_event(Args&&... args) && {
    events_.emplace_back(
        detail::build<letter<M>, M>(environment::current(), std::tuple<>{}, std::forward<Args>(args)...));
    return std::move(*this);
  }

  bool ends() const noexcept { return stop_.has_value(); }
  const reason& why() const noexcept { return *stop_; }
  bool leaves(const State& now) const { return ends() || (to_ && !(*to_ == now)); }
  const std::optional<State>& to() const noexcept { return to_; }
  void insert_events(cell& c) noexcept {
    for (auto& e : events_ | std::views::reverse) c.prepend(*e.release());
    events_.clear();
  }

 private:
  std::optional<State> to_;
  std::optional<reason> stop_;
  std::vector<std::unique_ptr<envelope, disposer>> events_;
};

namespace detail {

template <class F>
struct entry_handler {
  F f;
};
template <class F>
struct state_timeout_handler {
  duration limit;
  F f;
};
template <class F>
struct message_of_handler<entry_handler<F>> {
  using type = void;
};
template <class F>
struct message_of_handler<state_timeout_handler<F>> {
  using type = void;
};
template <class H>
inline constexpr bool is_entry = false;
template <class F>
inline constexpr bool is_entry<entry_handler<F>> = true;
template <class H>
inline constexpr bool is_state_timeout = false;
template <class F>
inline constexpr bool is_state_timeout<state_timeout_handler<F>> = true;

}  // namespace detail

/// `f` runs whenever the state is entered from another one, and at the start. It may be a coroutine.
template <class F>
detail::entry_handler<F> on_entry(F&& f) {
  return {std::forward<F>(f)};
}
/// `f` runs when the machine has been in the state for `d`; another state cancels it, events do not.
template <class F>
detail::state_timeout_handler<F> state_timeout(duration d, F&& f) {
  return {d, std::forward<F>(f)};
}

/// What `in` gives.
template <class State, class... H>
class state_handlers {
 public:
  explicit state_handlers(State at, H&&... handlers)
      : at_{std::move(at)}, handlers_{std::forward<H>(handlers)...} {}
  const State& at() const noexcept { return at_; }
  std::tuple<H...>& handlers() noexcept { return handlers_; }

 private:
  State at_;
  std::tuple<H...> handlers_;
};
/// The handlers of one state: see `state_machine`.
template <class State, class... H>
state_handlers<State, H...> in(State at, H&&... handlers) {
  detail::check_handlers<H...>();
  static_assert((int{detail::is_entry<std::remove_cvref_t<H>>} + ... + 0) <= 1 &&
                    (int{detail::is_state_timeout<std::remove_cvref_t<H>>} + ... + 0) <= 1,
                "snow: a state has one snow::on_entry and one snow::state_timeout at most");
  return state_handlers<State, H...>{std::move(at), std::forward<H>(handlers)...};
}

namespace detail {

/// The moment of a state time-out, as a message: it comes after the mail that came before it. No aggregate
/// and without a codec: nobody else can send one.
class state_expired {
 public:
  explicit state_expired(std::uint64_t visit) noexcept : visit_{visit} {}
  std::uint64_t visit() const noexcept { return visit_; }

 private:
  std::uint64_t visit_;
};
struct running_timer {
  timer_ref timer;
  explicit running_timer(timer_ref t) noexcept : timer{std::move(t)} {}
  running_timer(running_timer&&) = delete;
  ~running_timer() { timer.cancel(); }
};

template <class State, class Data>
struct machine : bond<Data, step<State>> {
  State now;
  std::uint64_t visit = 0;  ///< how many states were entered
};

template <template <class> class Is, class... H>
consteval std::size_t place_of(std::tuple<H...>*) {
  std::size_t i = 0;
  (void)((Is<std::remove_cvref_t<H>>::value || (++i, false)) || ...);
  return i;
}
template <class H>
struct is_entry_type : std::bool_constant<is_entry<H>> {};
template <class H>
struct is_state_timeout_type : std::bool_constant<is_state_timeout<H>> {};

template <class Bond, class H>
auto bind_event(Bond& to, H& handler) {
  if constexpr (is_entry<std::remove_cv_t<H>> || is_state_timeout<std::remove_cv_t<H>>) {
    return std::tuple<>{};
  } else {
    return std::tuple{bind(to, handler)};
  }
}

/// In one state, until it is left.
template <class Known, class State, class Data, class... H>
task<> stay(machine<State, Data>& m, std::tuple<H...>& handlers) {
  using bond_type = machine<State, Data>;
  constexpr std::size_t entry = place_of<is_entry_type>(static_cast<std::tuple<H...>*>(nullptr));
  constexpr std::size_t limit = place_of<is_state_timeout_type>(static_cast<std::tuple<H...>*>(nullptr));
  std::uint64_t const visit = ++m.visit;

  if constexpr (entry < sizeof...(H)) {
    auto& f = std::get<entry>(handlers).f;
    if constexpr (is_task<decltype(call_for(m.data, f))>) {
      auto entering = call_for(m.data, f);
      co_await std::move(entering);
    } else {
      call_for(m.data, f);
    }
  }

  running_timer const timer{[&]() -> timer_ref {
    if constexpr (limit < sizeof...(H)) {
      return m.self.template send_after<state_expired>(std::get<limit>(handlers).limit, m.self.id(), visit);
    } else {
      return {};
    }
  }()};
  auto const expire = [&](state_expired e) {
    if constexpr (limit < sizeof...(H)) {
      if (e.visit() != visit) return;  // of a state that was left when it lay in the mailbox
      auto& f = std::get<limit>(handlers).f;
      if constexpr (std::is_void_v<decltype(call_for(m.data, f))>) {
        call_for(m.data, f);
      } else {
        m.note(call_for(m.data, f));
      }
    }
  };
  auto all = std::tuple_cat(
      std::tuple{obedience<bond_type>{&m}, expire},
      std::apply([&](auto&... h) { return std::tuple_cat(bind_event(m, h)...); }, handlers),
      [&] {
        if constexpr (tellable<Data> && !Known::template has<get_state<Data>>) {
          return std::tuple{telling(m.data)};
        } else {
          return std::tuple<>{};
        }
      }(),
      [&] {
        if constexpr (tellable<State> && !std::same_as<State, Data> &&
                      !Known::template has<get_state<State>>) {
          return std::tuple{telling(m.now)};
        } else {
          return std::tuple<>{};
        }
      }(),
      [&]<class... M>(takes<M...>*) {
        if constexpr (takes_one_of<message, H...>) {
          return std::tuple<>{};
        } else {
          return std::tuple{refusal<bond_type, M...>{&m}};
        }
      }(static_cast<Known*>(nullptr)));
  while (!m.verdict.leaves(m.now)) {
    co_await std::apply([&](auto&... h) { return m.self.receive(h...); }, all);
    m.verdict.insert_events(*m.self.owner);
  }
}

template <class Known, std::size_t I, class State, class Data, class... Blocks>
task<> enter(machine<State, Data>& m, std::tuple<Blocks...>& blocks) {
  if constexpr (I == sizeof...(Blocks)) {
    throw error{errc::bad_arguments, "snow::state_machine has no snow::in for a state that it comes to"};
  } else {
    auto& block = std::get<I>(blocks);
    if (block.at() == m.now) return stay<Known>(m, block.handlers());
    return enter<Known, I + 1>(m, blocks);
  }
}

template <class Known, class State, class Data, class... Blocks>
task<> from_state_to_state(machine<State, Data>& m, std::tuple<Blocks...>& blocks) {
  for (;;) {
    auto visit = enter<Known, 0>(m, blocks);
    co_await std::move(visit);
    if (m.verdict.ends()) co_return;
    m.now = *m.verdict.to();
  }
}

template <class Known, class State, class Data, class... Blocks>
task<> run_machine(context& self, Data& data, State first, std::tuple<Blocks...> blocks) {
  machine<State, Data> m{{self, data}, std::move(first)};
  auto running = until_its_end(m, from_state_to_state<Known>(m, blocks));
  co_await std::move(running);
}

template <class... Lists>
struct joined_lists {
  using type = takes<>;
};
template <class... M>
struct joined_lists<takes<M...>> {
  using type = takes<M...>;
};
template <class... A, class... B, class... Rest>
struct joined_lists<takes<A...>, takes<B...>, Rest...> : joined_lists<takes<A..., B...>, Rest...> {};
template <class Block>
struct messages_of_block;
template <class State, class... H>
struct messages_of_block<state_handlers<State, H...>> {
  using type = takes<message_for<H>...>;
};
template <class List>
struct behaviour_for;
template <class... M>
struct behaviour_for<takes<M...>> {
  using type = behaviour<M...>;
};
template <class... Blocks>
using messages_of_blocks = typename joined_lists<typename messages_of_block<Blocks>::type...>::type;

}  // namespace detail

/// A state machine, as `gen_statem`; what `serve` says of handlers, `terminate`, `get_state`, exits and the
/// end holds here too.
/// ```
/// co_await snow::state_machine(self, data, door::locked,
///     snow::in(door::locked, [&](const code& c) -> snow::step<door> { ... return door::open; }),
///     snow::in(door::open, snow::state_timeout(10s, [&] { return door::locked; }), snow::on_entry(...)));
/// ```
/// - What a handler of no request returns is nothing, a state to go to, or a `snow::step`: `snow::go_on`,
///   `snow::stop{why}`, with `.next_event<M>(args...)` for what comes next. To go to the state that it is in
///   changes nothing. A handler with a `reply_to` returns the same.
/// - A message that some state takes but not this one is postponed: it keeps its place in the mailbox, and
///   comes, in order, in the first state that takes it. A handler that does nothing ignores it instead.
/// - `snow::on_entry(f)`, `snow::state_timeout(d, f)`; and `snow::after(d, f)`, the event time-out: nothing
///   that the state takes has come for `d`.
/// - `ask<snow::get_state<State>>` is answered with the state, `ask<snow::get_state<Data>>` with a copy of
///   the data; each if it is serializable.
/// A state without a `snow::in` is `bad_arguments`. States compare with `==`; going from one to another
/// allocates a coroutine frame from the pool, an event does not.
template <class Data, class State, class... Blocks>
auto state_machine(context& self, Data& data, State first, Blocks&&... blocks) {
  static_assert(!std::is_const_v<Data>, "snow: a state machine's data is not const");
  static_assert((std::same_as<State, std::remove_cvref_t<decltype(blocks.at())>> && ...),
                "snow: the states of one machine are of one type, that of its first state");
  using known = detail::messages_of_blocks<std::remove_cvref_t<Blocks>...>;
  return typename detail::behaviour_for<known>::type{
      detail::run_machine<known>(self, data, std::move(first), std::tuple{std::forward<Blocks>(blocks)...})};
}

}  // namespace snow
