#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "snow/process/ask.hpp"
#include "snow/process/blocking.hpp"
#include "snow/process/info.hpp"
#include "snow/process/linking.hpp"
#include "snow/process/receive.hpp"
#include "snow/process/ref.hpp"
#include "snow/process/send.hpp"
#include "snow/process/sleep.hpp"
#include "snow/process/watching.hpp"

namespace snow {

template <auto F>
class call_operation;

/// How an actor is to be spawned. Trivially destructible: the name is looked at during the call only.
struct spawn_options {
  std::int32_t mailbox_limit = 0;  ///< messages; 0: unbounded
  snow::on_full on_full = snow::on_full::block;
  std::string_view name = {};
};

/// What `spawn_monitor` returns.
template <class To>
struct monitored_as {
  To pid;
  monitor_ref monitor;
};
using monitored = monitored_as<pid>;

/// What an actor can say. It belongs to one actor; only that actor's coroutines may use it, and only while it
/// runs. Arguments are taken at the call; `send` and what watches act there, everything else when it is
/// awaited.
class context : public launch {
 public:
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  // ---- who and where
  [[gnu::always_inline]] pid id() const noexcept { return owner ? owner->id() : kin; }
  /// Who spawned it, on whatever node; null if a plain thread did, and once the actor has ended and only its
  /// frames linger.
  pid parent() const noexcept { return owner ? kin : pid{}; }
  snow::node& node() const noexcept { return *environment::current().node; }
  /// As others see this actor: see `snow::actors`.
  actor_info info() const { return detail::all_of(*owner, environment::current().clock().now()); }
  /// The same of another actor of this node: see `info_operation`.
  info_operation info(const pid& of) const { return {*owner, of}; }

  // ---- talking
  /// Builds an `M` in place out of `args` and delivers it; silent when nobody is there. Throws
  /// `bad_arguments` for an integer that does not fit its field. See `send_operation` for what `co_await`
  /// adds.
  template <class M, class... Args>
  [[gnu::always_inline]] send_operation send(const pid& to, Args&&... args) {
    return send_built<M>(to, std::forward<Args>(args)...);
  }
  template <class M, class... Args>
  send_operation send(const named& to, Args&&... args) {
    return send_built<M>(to, std::forward<Args>(args)...);
  }
  template <class M, class P, class... Args>
  send_operation send(const ref<P>& to, Args&&... args) {
    return send_built<M>(detail::addressed<M>(to), std::forward<Args>(args)...);
  }
  /// Sends a copy of an object: of a named one, if it has to be destroyed. (`int`: who names a type means the
  /// overloads above.)
  template <int = 0, class To, class M>
  send_operation send(const To& to, const M& message) {
    return send_built<M>(detail::addressed<M>(to), message);
  }
  template <int = 0, class To, class M>
  requires(!std::is_lvalue_reference_v<M>) send_operation send(const To& to, M&& message);

  /// See `receive_operation`, and `snow::after` for a bound.
  template <class... H>
  receive_operation<H...> receive(H&&... handlers);

  /// Builds an `M` as `send` does and gives the answer to it. See `ask_operation` for what it throws.
  template <class M, class... Args>
  ask_operation<M> ask(const pid& to, Args&&... args) {
    return ask_operation<M>{*owner, to, std::forward<Args>(args)...};
  }
  template <class M, class... Args>
  ask_operation<M> ask(const named& to, Args&&... args) {
    return ask_operation<M>{*owner, to, std::forward<Args>(args)...};
  }
  template <class M, class P, class... Args>
  ask_operation<M> ask(const ref<P>& to, Args&&... args) {
    return ask_operation<M>{*owner, detail::addressed<M>(to), std::forward<Args>(args)...};
  }
  /// Asks that process to end with that reason; one that traps exits receives an `exit_signal` instead, and
  /// `normal` is ignored. With `snow::kill` it ends in any case. Silent if the process is gone (S-28).
  void exit(const pid& to, const reason& why) { send_exit(to, {id(), why}); }
  void exit(const pid& to, kill_t) { send_exit(to, {id(), errc::killed, true}); }

  // ---- making
  /// Starts `F` as an actor of this node: its pid, or its `ref` if it declares what it takes. Throws
  /// `overloaded`, `shutting_down`, `bad_arguments`, `name_in_use`. A first argument of `spawn_options` says
  /// how.
  template <auto F, class... Args>
  detail::known_by<F> spawn(Args&&... args);
  /// The same with a monitor that is in place before the first instruction of `F` (S-18).
  template <auto F, class... Args>
  monitored_as<detail::known_by<F>> spawn_monitor(Args&&... args);
  /// The same with a link, likewise.
  template <auto F, class... Args>
  detail::known_by<F> spawn_link(Args&&... args);
  /// Runs `F` in an actor of its own and gives its value.
  template <auto F, class... Args>
  call_operation<F> call(Args&&... args);

  // ---- watching
  /// One `down` will come, unless `demonitor` comes first; at once if that process is gone (S-22).
  monitor_ref monitor(const pid& target);
  /// No `down` of that monitor is received after this returns (S-23).
  void demonitor(const monitor_ref& monitor);
  /// From now on the end of either ends the other, with the same reason; `normal` ends nobody, and one that
  /// traps exits receives an `exit_signal` (S-28). A link is one, however often it is made (S-26); nothing
  /// for oneself. If that process is gone, or its node out of reach, an exit with `no_process` or
  /// `no_connection` follows at once.
  void link(const pid& other);
  /// No exit of that link comes after this returns, nor is an `exit_signal` of it received that had come
  /// (S-27). O(mail).
  void unlink(const pid& other);
  /// `node_up` and `node_down` of that node will come, until it is said with `false`.
  void monitor_node(std::string_view name, bool on = true);  // bodies in `node/`
  /// The same of every node, also of those that are not known yet; once of a node that is watched by name
  /// too.
  void monitor_nodes(bool on = true);
  /// Whether exits come as messages, `exit_signal`, instead of ending this actor. `snow::kill` never does.
  void trap_exits(bool on) noexcept { owner->traps_exits = on; }

  // ---- names, local to the node: O(log names)
  /// Until it is unregistered, or this actor ends. Throws `name_in_use` while a living process has it.
  void register_name(std::string_view name);
  /// Does nothing if the name is not this actor's.
  void unregister_name(std::string_view name);
  /// Null when nobody has it.
  pid whereis(std::string_view name) const { return environment::current().names.find(name); }

  // ---- time
  time_point now() const noexcept { return environment::current().clock().now(); }
  /// Mail keeps arriving meanwhile.
  sleep_operation sleep_for(duration d) { return {*owner, d}; }
  /// Sends an `M` once `d` has passed; what it returns cancels. The arguments are taken now.
  /// Who has a name is looked up when it is sent.
  template <class M, class... Args>
  timer_ref send_after(duration d, const pid& to, Args&&... args);
  template <class M, class... Args>
  timer_ref send_after(duration d, const named& to, Args&&... args);
  template <class M, class P, class... Args>
  timer_ref send_after(duration d, const ref<P>& to, Args&&... args) {
    return send_after<M>(d, detail::addressed<M>(to), std::forward<Args>(args)...);
  }
  /// The same every `d`, for the first time after `d`, until nobody can take it any more.
  template <class M, class... Args>
  timer_ref send_every(duration d, const pid& to, Args&&... args);
  template <class M, class... Args>
  timer_ref send_every(duration d, const named& to, Args&&... args);
  template <class M, class P, class... Args>
  timer_ref send_every(duration d, const ref<P>& to, Args&&... args) {
    return send_every<M>(d, detail::addressed<M>(to), std::forward<Args>(args)...);
  }

  // ---- the rest of the world
  /// Runs `f` on a thread for what blocks and gives its value; the actor waits, its worker does not.
  template <class F>
  auto blocking(F&& f);
  /// Awaits an Asio operation: an `awaitable<T>`, or a callable that takes a completion token. Completes on
  /// the actor's worker. See `asio_operation`; needs <snow/asio.hpp>.
  template <class Operation>
  auto asio(Operation&& op) {
    if constexpr (requires { asio_operation_of(*owner, std::forward<Operation>(op)); }) {
      return asio_operation_of(*owner, std::forward<Operation>(op));
    } else {
      static_assert(std::is_void_v<Operation>, "snow: self.asio(op) needs #include <snow/asio.hpp>");
    }
  }
  /// One record to `node_options::log`, with the event "user" and this actor's pid.
  void log(log_level level, std::string_view text) const {
    environment::current().report(level, "user", text, id());
  }

 protected:
  explicit context(const operations& how) noexcept : launch{&how} {}
  ~context() = default;

 private:
  template <class M, class To, class... Args>
  send_operation send_built(const To& to, Args&&... args);
  void send_exit(const pid& to, exit_order order);
};

}  // namespace snow
