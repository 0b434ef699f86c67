#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/cluster/behaviour.hpp"

namespace snow {

/// What a handler of `serve` returns that stops it at times: `snow::go_on` or `snow::stop{why}`.
class [[nodiscard]] next {
 public:
  next(go_on_t) noexcept {}
  next(stop s) noexcept : ends_{true}, why_{std::move(s.why)} {}

  bool ends() const noexcept { return ends_; }
  const reason& why() const noexcept { return why_; }

 private:
  bool ends_ = false;
  reason why_;
};

namespace detail {

template <class Data, class... H>
task<> serve_loop(bond<Data, next>& bond_, std::tuple<H...>& handlers) {
  using bond_type = bond<Data, next>;
  auto all = std::tuple_cat(
      std::tuple{obedience<bond_type>{&bond_}},
      std::apply([&](auto&... h) { return std::tuple{bind(bond_, h)...}; }, handlers),
      [&] {
        if constexpr (tellable<Data> && !takes_one_of<get_state<Data>, H...>) {
          return std::tuple{telling(bond_.data)};
        } else {
          return std::tuple<>{};
        }
      }(),
      [&] {
        if constexpr (takes_one_of<message, H...>) {
          return std::tuple<>{};
        } else {
          return std::tuple{refusal<bond_type>{&bond_}};
        }
      }());
  while (!bond_.verdict.ends())
    co_await std::apply([&](auto&... h) { return bond_.self.receive(h...); }, all);
}

template <class Data, class... H>
task<> run_server(context& self, Data& data, std::tuple<H...> handlers) {
  bond<Data, next> bond_{self, data};
  auto running = until_its_end(bond_, serve_loop(bond_, handlers));
  co_await std::move(running);
}

}  // namespace detail

/// `co_await snow::serve(self, state, handlers...)`: a server, as `gen_server`. Takes one message after
/// another and gives it to the handler of its type, until one of them stops it.
///
/// - A handler is a member function of the state, `&account::deposit`, or whatever `receive` takes. What the
///   handler of a request returns is the answer; one that takes a `reply_to` answers later. Any other returns
///   nothing, or `snow::next`, that is `snow::go_on` or `snow::stop{why}`. Each may be a coroutine.
/// - `snow::after(d, f)` runs `f` when nothing has come for `d`.
/// - A message that no handler takes is dropped, counted (`node_info::rejected`) and logged; its ask fails
///   with `abandoned`. A handler of `snow::message` takes those instead.
/// - `ask<snow::get_state<State>>` is answered with a copy of the state, if that is serializable.
/// - In an actor that traps exits, the exit of its parent stops it with that reason. Other exits are
///   messages, `exit_signal`.
/// - `state.terminate(const reason&)`, if there is one, runs once in the end: after `stop`, after the exit of
///   the parent, after a handler has thrown. It may be a `task<>`. It does not run when the actor is killed,
///   or ended by an exit that it does not trap, or by the stop of its node.
///
/// Returns when it was stopped with `normal`. With any other reason the actor ends with that reason, and
/// what a handler throws goes on to the caller. What comes before `serve` in the actor is `init`: requests
/// wait until it is done, and fail with its reason when it throws.
///
/// The state and the handlers that are passed by name are the caller's and must outlive the `co_await`.
template <class State, class... H>
behaviour<detail::message_for<H>...> serve(context& self, State& state, H&&... handlers) {
  static_assert(!std::is_const_v<State>, "snow: a server's state is not const");
  detail::check_handlers<H...>();
  return behaviour<detail::message_for<H>...>{
      detail::run_server<State, H...>(self, state, std::tuple<H...>{std::forward<H>(handlers)...})};
}

}  // namespace snow
