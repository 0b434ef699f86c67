#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/node/arrivals.hpp"
#include "snow/node/engine.hpp"
#include "snow/node/neighbours.hpp"
#include "snow/node/node_events.hpp"
#include "snow/node/node_name.hpp"
#include "snow/node/node_watchers.hpp"
#include "snow/node/peer.hpp"
#include "snow/node/served.hpp"
#include "snow/session/alarm.hpp"
#include "snow/wire/limits.hpp"

namespace snow {

/// Where connections come from.
class dialler {
 public:
  virtual ~dialler() = default;
  /// On the first worker. Ends in `network::on_proved`, or in `network::on_dial_failed`.
  virtual void dial(const std::string& name) = 0;
  /// On the first worker: takes no more connections.
  virtual void stop_listening() = 0;
  /// On the first worker: ends those that there are, whatever state they are in.
  virtual void close_all() = 0;
};

/// The other nodes, as actors of this one use them: connections by name, links by incarnation, and what waits
/// for either. What decides runs on the first worker, signals go by whatever worker they come from.
class network final : public remote_router,
                      public remote_requests,
                      public departing,
                      private neighbours::actions {
 public:
  network(engine& e, name_table& names, snow::random& random, const snow::limits& l,
          const std::vector<function_key>& require);

  /// Before the start.
  void dial_by(dialler& d) noexcept { dialler_ = &d; }
  snow::arrivals& arrivals() noexcept { return arrivals_; }
  const snow::limits& limits() const noexcept { return limits_; }

  // ---- for actors: any worker
  errc start(std::string_view node, const request& r, const remote_start& what, node_id& where,
             std::string& details) override;
  void abandon(const pid& asker, node_id where, std::uint64_t number) override {
    remote_router::abandon(asker, where, number);
  }
  errc connect(std::string_view node, const pid& asker, std::uint64_t number, std::string& details) override;
  void give_up_connect(std::string_view node, const pid& asker, std::uint64_t number) override;

  // ---- any thread
  void disconnect(std::string_view node);
  void monitor_node(const pid& watcher, std::string_view node, bool on);
  void forget_watcher(const pid& watcher) noexcept override { watchers_.forget(watcher); }
  std::vector<std::string> connected();
  std::vector<session_info> sessions();

  // ---- what happens to connections: any worker
  void on_dial_failed(std::string name, error why);
  void on_proved(std::shared_ptr<connection> c);
  void on_opened(std::shared_ptr<connection> c);
  void on_running(std::shared_ptr<connection> c);
  void on_heard(std::shared_ptr<connection> c);
  void on_pong(std::shared_ptr<connection> c);
  void on_closed(std::shared_ptr<connection> c, error why);
  /// False for what is no node's name.
  bool heard_of(std::string name);
  /// A connection that came from outside did not get as far as OPEN.
  void on_handshake_failed(const std::string& from, const error& why);
  /// An actor of ours takes nothing of what a peer waits to send it (S-61).
  void on_stalled(const pid& who, bool for_good);

 private:
  // ---- departing
  void refuse_work() override;
  void leave(std::function<void()> done) override;

  // ---- neighbours::actions
  void dial(const std::string& name) override { dialler_->dial(name); }
  void connected(const neighbours::waiter& w, const std::string& name) override;
  void not_connected(const neighbours::waiter& w, const error& why) override { fail(w, why, false); }
  void tried(const neighbours::waiter& w, const error& why) override { fail(w, why, true); }
  void node_is_up(const connection& c) override;
  void node_is_down(const std::string& name, const error& why) override;

  template <class F>
  void at_home(F f);
  void wait_for_next();
  void fail(const neighbours::waiter& w, const error& why, bool others_follow);
  static actor check_required(context&, network* self, neighbours::waiter w, std::string name);
  time_point now() const noexcept { return env_.clock().now(); }

  engine& engine_;
  snow::limits const limits_;
  snow::arrivals arrivals_;
  std::vector<detail::wanted_function> require_;
  dialler* dialler_ = nullptr;
  neighbours neighbours_;  // on the first worker, and so the alarms
  alarm tick_;
  alarm patience_;
  std::map<errc, time_point> last_report_;  // of failed handshakes, by cause
  node_watchers watchers_;
};

inline network::network(engine& e, name_table& names, snow::random& random, const snow::limits& l,
                        const std::vector<function_key>& require)
    : remote_router{e.env(), names, random},
      engine_{e},
      limits_{l},
      arrivals_{e.env(), *this},
      neighbours_{e.env().node_name, *this, random, l.peers},
      watchers_{e.env()} {
  for (auto const& f : require) require_.push_back({std::string{f.name()}, f.fingerprint});
  limits_.check();
  env_.reading.memory = static_cast<std::size_t>(l.message);
}

/// Runs `f` where decisions are made, and looks at the clock after it.
template <class F>
void network::at_home(F f) {
  detail::run_soon_on(engine_.first(), [this, f = std::move(f)]() mutable {
    f();
    wait_for_next();
  });
}

inline void network::wait_for_next() {
  time_point const next = neighbours_.next();
  if (next == time_point::max()) return tick_.cancel();
  tick_.set(next, [this] {
    neighbours_.tick(now());
    wait_for_next();
  });
}

inline errc network::start(std::string_view node, const request& r, const remote_start& what, node_id& where,
                           std::string& details) {
  auto const way = routes_.find(node);
  if (!way) return errc::no_connection;
  where = way->id();
  return remote_router::start(way, r, what, details);
}

inline errc network::connect(std::string_view node, const pid& asker, std::uint64_t number,
                             std::string& details) {
  try {
    node_name::parse(node);
  } catch (const error& e) {
    details = e.details();
    return e.which();
  }
  if (node == env_.node_name) {
    details = "that is this node's own name";
    return errc::bad_name;
  }
  at_home([this, name = std::string{node}, w = neighbours::waiter{asker, number}] {
    neighbours_.want(name, w, now());
  });
  return errc::normal;
}

inline void network::give_up_connect(std::string_view node, const pid& asker, std::uint64_t number) {
  at_home([this, name = std::string{node}, w = neighbours::waiter{asker, number}] {
    neighbours_.unwant(name, w);
  });
}

inline void network::disconnect(std::string_view node) {
  at_home([this, name = std::string{node}] { neighbours_.disconnect(name); });
}

inline void network::monitor_node(const pid& watcher, std::string_view node, bool on) {
  if (on) {
    watchers_.add(watcher, node);
  } else {
    watchers_.remove(watcher, node);
  }
}

inline std::vector<std::string> network::connected() {
  std::vector<std::string> names;
  for (auto const& way : routes_.all()) names.push_back(way->name());
  return names;
}

inline std::vector<session_info> network::sessions() {
  std::vector<session_info> all;
  for (auto const& way : routes_.all()) all.push_back(way->info());
  for (auto& s : all) s.monitors += watchers_.count(s.peer);
  return all;
}

inline void network::on_dial_failed(std::string name, error why) {
  at_home(
      [this, name = std::move(name), why = std::move(why)] { neighbours_.on_dial_failed(name, why, now()); });
}
inline void network::on_proved(std::shared_ptr<connection> c) {
  at_home([this, c = std::move(c)] { neighbours_.on_proved(c, now()); });
}
inline void network::on_opened(std::shared_ptr<connection> c) {
  at_home([this, c = std::move(c)] { neighbours_.on_opened(*c, now()); });
}
inline void network::on_running(std::shared_ptr<connection> c) {
  at_home([this, c = std::move(c)] { neighbours_.on_running(*c); });
}
inline void network::on_heard(std::shared_ptr<connection> c) {
  at_home([this, c = std::move(c)] { neighbours_.on_heard(*c, now()); });
}
inline void network::on_pong(std::shared_ptr<connection> c) {
  at_home([this, c = std::move(c)] { neighbours_.on_pong(*c); });
}
inline void network::on_closed(std::shared_ptr<connection> c, error why) {
  at_home([this, c = std::move(c), why = std::move(why)] { neighbours_.on_closed(*c, why, now()); });
}
inline bool network::heard_of(std::string name) {
  try {
    node_name::parse(name);
  } catch (const error&) {
    return false;
  }
  at_home([this, name = std::move(name)] { neighbours_.heard_of(name, now()); });
  return true;
}

inline void network::on_handshake_failed(const std::string& from, const error& why) {
  if (why == errc::duplicate || why == errc::shutting_down) return;  // no fault of anybody
  // One line a second for each cause: a flood of strangers must not become a flood of lines.
  time_point& last = last_report_.try_emplace(why.which(), time_point::min()).first->second;
  if (last != time_point::min() && now() - last < std::chrono::seconds{1}) return;
  last = now();
  env_.report(log_level::warning, "handshake",
              "refused a connection from " + escaped(from) + ": " + escaped(why.what()));
}

inline void network::on_stalled(const pid& who, bool for_good) {
  if (for_good) signal_exit(env_, who, {who, errc::overloaded, false, true});
  env_.report(log_level::warning, "session",
              for_good ? "ended an actor that took nothing of what others sent it"
                       : "an actor takes nothing of what others send it",
              who);
}

inline void network::refuse_work() {
  dialler_->stop_listening();
}

inline void network::leave(std::function<void()> done) {
  static constexpr duration enough = std::chrono::seconds{2};
  auto const once = std::make_shared<std::function<void()>>(std::move(done));
  auto const finish = [this, once] {
    patience_.cancel();
    tick_.cancel();
    dialler_->close_all();
    if (auto const f = std::exchange(*once, nullptr)) f();
  };
  at_home([this, finish] {
    patience_.set(now() + enough, finish);
    neighbours_.leave(finish);
  });
}

inline void network::connected(const neighbours::waiter& w, const std::string& name) {
  if (require_.empty()) return give_reply<value_reply<peer>>(env_, {w.asker, w.number, 0}, *this, name);
  using kept = detail::callable<&network::check_required>::kept;
  try {
    start_actor(env_,
                detail::make_launch<detail::launch_of<&network::check_required>>(env_, kept{this, w, name}),
                {});
  } catch (const error& e) {
    fail(w, e, false);
  }
}

/// Asks a peer, once connected, for what this node requires of it.
inline actor network::check_required(context&, network* self, neighbours::waiter w, std::string name) {
  peer const there{*self, name};
  auto asked = there.call<detail::lacked_here>(self->require_);
  auto const lacked = co_await as_result(std::move(asked));
  if (lacked && lacked->empty()) {
    give_reply<value_reply<peer>>(self->env_, {w.asker, w.number, 0}, *self, name);
  } else if (lacked) {
    self->at_home([self, name] { self->neighbours_.give_up(name); });
    self->fail(w, detail::lacks(name, *lacked), false);
  } else {
    self->fail(w, lacked.error(), false);
  }
}

inline void network::fail(const neighbours::waiter& w, const error& why, bool others_follow) {
  give_reply<failed_reply>(env_, {w.asker, w.number, others_follow ? connect_operation::others_follow : 0},
                           why.which(), why.details());
}

inline void network::node_is_up(const connection& c) {
  env_.report(log_level::info, "session", "connected to " + c.peer_name());
  watchers_.tell(c.peer_name(), node_up{c.peer_name()});
}

inline void network::node_is_down(const std::string& name, const error& why) {
  env_.report(why == errc::shutdown ? log_level::info : log_level::warning, "session",
              "the connection to " + name + " has ended: " + why.what());
  watchers_.tell(name, node_down{name, reason{why.which(), why.details()}});
}

}  // namespace snow
