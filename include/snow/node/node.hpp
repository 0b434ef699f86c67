#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "snow/node/core.hpp"
#include "snow/node/node_events.hpp"
#include "snow/node/options.hpp"
#include "snow/node/peer.hpp"
#include "snow/node/plain_thread.hpp"
#include "snow/process/info.hpp"
#include "snow/runtime/run_on.hpp"

namespace snow {

namespace testing {
class node;
}

/// A few workers, a table of actors, and sessions to other nodes. Any thread may use it.
///
/// The constructor checks, listens (`bad_name`, `bad_cookie`, `not_allowed`, `address_in_use`, `duplicate`
/// are thrown) and starts nothing: actors run inside `run` or `serve`, which use the calling thread as a
/// worker too, or after `start`. The destructor stops.
class node {
 public:
  explicit node(node_options options = {});
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Runs `F` as an actor, stops when it has ended, and returns 0 if it ended normally; otherwise prints why
  /// and returns 1.
  template <auto F, class... Args>
  int run(Args&&... args);
  /// Serves until SIGINT, SIGTERM or `stop`; then drains and returns 0.
  int serve();
  /// Gives every worker a thread of its own, and returns.
  void start() { core_->start(); }
  /// Ends with `shutdown` the actors that wait in `receive` or only sleep, gives the others the drain time of
  /// 5 s to finish what they have begun, flushes, says goodbye (S-32). Waits for all that, but not when an
  /// actor calls it.
  void stop() { core_->stop(); }

  // ---- for threads that are no actors
  /// Throws as `context::spawn`.
  template <auto F, class... Args>
  detail::known_by<F> spawn(Args&&... args);
  /// Silent when nobody is there.
  template <class M, class... Args>
  void send(const pid& to, Args&&... args) {
    send_to<M>(to, std::forward<Args>(args)...);
  }
  template <class M, class... Args>
  void send(const named& to, Args&&... args) {
    send_to<M>(to, std::forward<Args>(args)...);
  }
  template <class M, class P, class... Args>
  void send(const ref<P>& to, Args&&... args) {
    send_to<M>(detail::addressed<M>(to), std::forward<Args>(args)...);
  }
  /// The future throws what `co_await self.ask` would.
  template <class M, class... Args>
  std::future<typename M::reply_type> ask(const pid& to, Args&&... args) {
    return ask_of<M>(to, std::forward<Args>(args)...);
  }
  template <class M, class... Args>
  std::future<typename M::reply_type> ask(const named& to, Args&&... args) {
    return ask_of<M>(to, std::forward<Args>(args)...);
  }
  template <class M, class P, class... Args>
  std::future<typename M::reply_type> ask(const ref<P>& to, Args&&... args) {
    return ask_of<M>(detail::addressed<M>(to), std::forward<Args>(args)...);
  }

  const std::string& name() const noexcept { return options_.name; }
  /// Every living actor. O(actors).
  std::vector<actor_info> actors() { return snow::actors(core_->env()); }
  /// Actors, sessions and what was lost. O(actors).
  node_info info();
  /// One actor, as `context::info(pid)`, whose errors the future throws.
  std::future<actor_info> info(const pid& of);

  // ---- for actors of this node
  /// Connects to the node of that name, and again whenever the connection is lost, until `disconnect`.
  /// Retries until its deadline, so that processes may start in any order.
  connect_operation connect(std::string name) {
    return {*worker::current()->running, core_->network(), std::move(name)};
  }
  /// Any thread.
  void disconnect(std::string_view name) { core_->disconnect(name); }
  /// Those that are connected now.
  std::vector<peer> peers();

 private:
  int run_program(launch& program);
  template <class M, class To, class... Args>
  void send_to(const To& to, Args&&... args);
  template <class M, class To, class... Args>
  std::future<typename M::reply_type> ask_of(const To& to, Args&&... args);
  /// What the actor `F` makes of its last argument, a promise.
  template <auto F, class R, class... Args>
  std::future<R> future_of(Args&&... args);

  friend class context;
  friend class testing::node;

  node_options const options_;
  std::unique_ptr<node_core> const core_;
};

/// The node's actors, as `node::actors`.
inline std::vector<actor_info> actors(node& n) {
  return n.actors();
}

inline node::node(node_options options)
    : options_{std::move(options)}, core_{make_node_core(*this, options_)} {}

template <auto F, class... Args>
int node::run(Args&&... args) {
  return run_program(detail::make_launch<detail::launch_of<F>>(
      core_->env(), detail::keep<typename detail::callable<F>::kept>(std::forward<Args>(args)...)));
}

template <auto F, class... Args>
detail::known_by<F> node::spawn(Args&&... args) {
  environment& env = core_->env();
  launch& made = detail::make_launch<detail::launch_of<F>>(
      env, detail::keep<typename detail::callable<F>::kept>(std::forward<Args>(args)...));
  return detail::known_as<detail::known_by<F>>(start_actor(env, made, {}));
}

template <class M, class To, class... Args>
void node::send_to(const To& to, Args&&... args) {
  environment& env = core_->env();
  std::unique_ptr<letter<M>, disposer> made{
      detail::build<letter<M>, M>(env, std::tuple<>{}, std::forward<Args>(args)...)};
  if (detail::is_local(env, to)) {
    detail::post(env, detail::local_target(env, to), *made.release());
  } else if (env.router) {
    run_on(env.at(0), [&env, to, made = std::move(made)] {
      if (outgoing const out = outgoing_of(made->value); out.encode) env.router->send({}, to, out, nullptr);
    });
  }
}

template <class M, class To, class... Args>
std::future<typename M::reply_type> node::ask_of(const To& to, Args&&... args) {
  return future_of<&detail::asker<M, To>, typename M::reply_type>(
      to, detail::made_of<M>(std::forward<Args>(args)...));
}

template <auto F, class R, class... Args>
std::future<R> node::future_of(Args&&... args) {
  environment& env = core_->env();
  detail::kept_promise<R> answer;
  auto future = answer.future();
  try {
    start_actor(env,
                detail::make_launch<detail::launch_of<F>>(
                    env, typename detail::callable<F>::kept{std::forward<Args>(args)..., std::move(answer)}),
                {});
  } catch (const error&) {
    // The promise was kept as it was thrown away.
  }
  return future;
}

}  // namespace snow
