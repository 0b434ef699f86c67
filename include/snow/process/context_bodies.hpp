#pragma once

#include "snow/process/call.hpp"
#include "snow/process/context.hpp"
#include "snow/process/spawn.hpp"

namespace snow {

namespace detail {

template <class M, class To>
[[gnu::always_inline]] inline send_operation send_now(cell* c, const pid& me, const To& to, letter<M>& made) {
  constexpr opens out = [](const envelope& e) { return outgoing_of(static_cast<const letter<M>&>(e).value); };
  if constexpr (std::same_as<To, named>) {
    pid found;
    sent const s = send_letter(c, me, to, made, out, found);
    return {c, found, s.failure, s.congested};
  } else {
    sent const s = send_letter(c, me, to, made, out);
    return {c, to, s.failure, s.congested};
  }
}

}  // namespace detail

template <class M, class To, class... Args>
[[gnu::always_inline]] inline send_operation context::send_built(const To& to, Args&&... args) {
  auto* const made =
      detail::build<letter<M>, M>(environment::current(), std::tuple<>{}, std::forward<Args>(args)...);
  return detail::send_now<M>(owner, id(), to, *made);
}
template <int, class To, class M>
requires(!std::is_lvalue_reference_v<M>) send_operation context::send(const To& to, M&& message) {
  static_assert(std::is_trivially_destructible_v<M>,
                "snow: a message is built in place, as in send<M>(to, fields...), or named first and sent by "
                "its name: GCC 12 would destroy a temporary twice inside co_await");
  return send_built<M>(to, message);
}

template <class... H>
receive_operation<H...> context::receive(H&&... handlers) {
  static_assert(sizeof...(H) > 0, "snow: receive() takes at least one handler");
  static_assert(
      ((std::is_lvalue_reference_v<H> || std::is_trivially_destructible_v<std::remove_cvref_t<H>>)&&...),
      "snow: a handler that captures something to be destroyed is named first (auto h = [s](tally) {...};) "
      "and passed by name: GCC 12 would destroy the temporary twice inside co_await");
  return receive_operation<H...>{std::forward<H>(handlers)...};
}

namespace detail {

/// What an actor of a plugin starts is of that plugin too.
inline std::shared_ptr<const void> code_of_running_actor() noexcept {
  cell const* const c = worker::current()->running;
  return c && c->attached ? c->attached->code : nullptr;
}

/// What hangs on a new actor before its first instruction.
struct bonds {
  watch watcher = {};
  pid linked_to = {};
};

template <auto F, class... Args>
pid spawn_here(const pid& parent, const bonds& holds, const spawn_options& o, Args&&... args) {
  environment& env = environment::current();
  launch& l = make_launch<launch_of<F>>(env, keep<typename callable<F>::kept>(std::forward<Args>(args)...));
  return start_actor(env, l,
                     {.parent = parent,
                      .mailbox_limit = o.mailbox_limit,
                      .on_full = o.on_full,
                      .name = o.name,
                      .code = code_of_running_actor(),
                      .watcher = holds.watcher,
                      .linked_to = holds.linked_to});
}
template <auto F>
pid spawn_here(const pid& parent, const bonds& holds) {
  return spawn_here<F>(parent, holds, spawn_options{});
}
template <auto F, class First, class... Args>
requires(!std::same_as<std::remove_cvref_t<First>, spawn_options>) pid
    spawn_here(const pid& parent, const bonds& holds, First&& first, Args&&... args) {
  return spawn_here<F>(parent, holds, spawn_options{}, std::forward<First>(first),
                       std::forward<Args>(args)...);
}

}  // namespace detail

template <auto F, class... Args>
detail::known_by<F> context::spawn(Args&&... args) {
  return detail::known_as<detail::known_by<F>>(detail::spawn_here<F>(id(), {}, std::forward<Args>(args)...));
}
template <auto F, class... Args>
monitored_as<detail::known_by<F>> context::spawn_monitor(Args&&... args) {
  std::uint64_t const number = worker::current()->new_request();
  pid const made = detail::spawn_here<F>(id(), {.watcher = {id(), number, {}}}, std::forward<Args>(args)...);
  attached(*owner).watching.emplace(number, made);
  return {detail::known_as<detail::known_by<F>>(made), {number, made}};
}
template <auto F, class... Args>
detail::known_by<F> context::spawn_link(Args&&... args) {
  pid const made = detail::spawn_here<F>(id(), {.linked_to = id()}, std::forward<Args>(args)...);
  detail::links_of(*owner).link(made, 0);
  return detail::known_as<detail::known_by<F>>(made);
}
template <auto F, class... Args>
call_operation<F> context::call(Args&&... args) {
  return call_operation<F>{*owner,
                           detail::keep<typename detail::callable<F>::kept>(std::forward<Args>(args)...)};
}

inline void context::link(const pid& other) {
  detail::link_now(*owner, other);
}
inline void context::unlink(const pid& other) {
  detail::unlink_now(*owner, other);
}
inline monitor_ref context::monitor(const pid& target) {
  return detail::start_watching(*owner, target);
}
inline void context::demonitor(const monitor_ref& m) {
  detail::stop_watching_now(*owner, m);
}

inline void context::register_name(std::string_view name) {
  if (!environment::current().names.add(name, id())) throw error{errc::name_in_use, std::string{name}};
  attached(*owner).names.emplace_back(name);
}
inline void context::unregister_name(std::string_view name) {
  if (environment::current().names.remove(name, id())) std::erase(attached(*owner).names, name);
}

inline void context::send_exit(const pid& to, exit_order order) {
  environment& env = environment::current();
  if (to.node == this_node) {
    signal_exit(env, to, std::move(order));
  } else if (env.router) {
    env.router->exit(id(), to, order.why, order.kill);
  }
}

template <class F>
auto context::blocking(F&& f) {
  static_assert(
      std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<std::remove_cvref_t<F>>,
      "snow: a function that captures something to be destroyed is named first and passed by name: GCC 12 "
      "would destroy the temporary twice inside co_await");
  return blocking_operation<F>{*owner, std::forward<F>(f)};
}

namespace detail {

template <class M, class To, class... Args>
timer_ref send_after(const pid& me, duration d, const To& to, Args&&... args) {
  std::unique_ptr<envelope, disposer> made{
      build<letter<M>, M>(environment::current(), std::tuple<>{}, std::forward<Args>(args)...)};
  return send_later(d, {}, [made = std::move(made), to, me](environment& env) mutable {
    return send_from_timer<M>(env, me, to, static_cast<letter<M>&>(*made.release()));
  });
}
template <class M, class To, class... Args>
timer_ref send_every(const pid& me, duration d, const To& to, Args&&... args) {
  static_assert(std::copy_constructible<M>, "snow: send_every sends copies: the message must be copyable");
  std::unique_ptr<envelope, disposer> made{
      build<letter<M>, M>(environment::current(), std::tuple<>{}, std::forward<Args>(args)...)};
  return send_later(d, d, [made = std::move(made), to, me](environment& env) {
    if constexpr (std::copy_constructible<M>) {
      auto* const copy = env.make<letter<M>>(signal_kind::message, message_type_of<M>,
                                             static_cast<const letter<M>&>(*made).value);
      return send_from_timer<M>(env, me, to, *copy);
    }
  });
}

}  // namespace detail

template <class M, class... Args>
timer_ref context::send_after(duration d, const pid& to, Args&&... args) {
  return detail::send_after<M>(id(), d, to, std::forward<Args>(args)...);
}
template <class M, class... Args>
timer_ref context::send_after(duration d, const named& to, Args&&... args) {
  return detail::send_after<M>(id(), d, to, std::forward<Args>(args)...);
}
template <class M, class... Args>
timer_ref context::send_every(duration d, const pid& to, Args&&... args) {
  return detail::send_every<M>(id(), d, to, std::forward<Args>(args)...);
}
template <class M, class... Args>
timer_ref context::send_every(duration d, const named& to, Args&&... args) {
  return detail::send_every<M>(id(), d, to, std::forward<Args>(args)...);
}

}  // namespace snow
