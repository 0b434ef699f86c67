#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/clock.hpp"
#include "snow/base/error.hpp"
#include "snow/base/pid.hpp"
#include "snow/base/random.hpp"

namespace snow {

/// One connection whose both proofs are good, as `neighbours` sees it. What it is told takes effect on its
/// own worker, in order; what happens to it comes back through `neighbours::on_...`.
class connection {
 public:
  virtual ~connection() = default;
  virtual const std::string& peer_name() const noexcept = 0;
  virtual std::uint64_t peer_creation() const noexcept = 0;
  /// Whether this end dialled.
  virtual bool dialled() const noexcept = 0;

  /// Signals may flow: says OPEN if this end is the one that does. Then `on_running`.
  virtual void open() = 0;
  virtual void refuse(errc why) = 0;
  /// Asks for a sign of life: `on_pong`, and `on_heard` until then.
  virtual void probe() = 0;
  /// Ends it. `on_closed` comes once everything that waited for it has been told.
  virtual void close(errc why) = 0;
  /// The same, in good order.
  virtual void goodbye() = 0;
};

/// Who the other nodes are, and which of the connections to each is the one (S-29). Pure decisions: no
/// socket, no thread, no clock; what it decides is carried out by `actions`.
///
/// Of all proved connections between two nodes the node with the smaller name opens exactly one; the other
/// end follows the OPEN that it reads. An end that holds an open one probes it before it gives it up for a
/// newcomer (S-56, S-57).
class neighbours {
 public:
  /// Who waits in `connect`.
  struct waiter {
    pid asker;
    std::uint64_t number = 0;
    friend bool operator==(const waiter&, const waiter&) = default;
  };

  class actions {
   public:
    virtual ~actions() = default;
    /// Ends in `on_proved`, or in `on_dial_failed`.
    virtual void dial(const std::string& name) = 0;
    virtual void connected(const waiter& w, const std::string& name) = 0;
    virtual void not_connected(const waiter& w, const error& why) = 0;
    /// A try has failed, others follow.
    virtual void tried(const waiter& w, const error& why) = 0;
    virtual void node_is_up(const connection& c) = 0;
    virtual void node_is_down(const std::string& name, const error& why) = 0;
  };

  neighbours(std::string own_name, actions& how, snow::random& jitter, std::size_t most)
      : own_name_{std::move(own_name)}, actions_{how}, random_{jitter}, most_{most} {}

  // ---- what this program wants
  void want(const std::string& name, const waiter& w, time_point now);
  void unwant(const std::string& name, const waiter& w);
  /// Dials that name no more, once its connection has ended.
  void give_up(const std::string& name);
  /// Ends the connection and dials that name no more.
  void disconnect(const std::string& name);
  /// A name that a peer told of: dialled, and given up after some failures.
  void heard_of(const std::string& name, time_point now);
  /// Takes nothing new, and says goodbye to all. `done` is called once the last is closed.
  void leave(std::function<void()> done);

  // ---- what happens
  void on_dial_failed(const std::string& name, const error& why, time_point now);
  void on_proved(std::shared_ptr<connection> c, time_point now);
  /// The other end's OPEN was read.
  void on_opened(connection& c, time_point now);
  void on_running(connection& c);
  /// Bytes came from who is probed: its answer may stand behind more of them.
  void on_heard(connection& c, time_point now);
  void on_pong(connection& c);
  void on_closed(connection& c, const error& why, time_point now);

  // ---- time
  /// When `tick` is to be called next.
  time_point next() const noexcept;
  void tick(time_point now);

  // ---- questions
  std::size_t size() const noexcept { return all_.size(); }

  static constexpr duration probe_time = std::chrono::seconds{1};
  static constexpr duration first_delay = std::chrono::milliseconds{50};
  static constexpr duration last_delay = std::chrono::seconds{10};
  static constexpr duration last_delay_awaited = std::chrono::milliseconds{400};
  static constexpr unsigned failures_of_heard_of = 10;
  static constexpr std::size_t most_proved = 16;  ///< of one name that wait to be opened or refused

 private:
  struct candidate {
    std::shared_ptr<connection> c;
    bool opened = false;  ///< its OPEN was read
  };
  struct neighbour {
    bool ours = false;      ///< this program gave the name to `connect`
    bool heard_of = false;  ///< a peer did
    bool lost = false;      ///< was connected, and is to be again
    bool dialling = false;
    unsigned failures = 0;
    time_point dial_at = time_point::max();
    time_point probe_until = time_point::max();
    std::shared_ptr<connection> open;
    bool running = false;
    bool closing = false;
    std::vector<candidate> proved;
    std::vector<waiter> waiters;
  };
  using entry = std::map<std::string, neighbour, std::less<>>::value_type;

  bool we_decide(const std::string& name) const noexcept { return own_name_ < name; }
  bool wanted(const neighbour& n) const noexcept {
    return !leaving_ && (!n.waiters.empty() || n.lost || (n.heard_of && n.failures < failures_of_heard_of));
  }
  static bool is_final(errc e) noexcept;

  void dial(entry& e);
  void dial_later(neighbour& n, time_point now);
  void set_open(neighbour& n, std::shared_ptr<connection> c);
  void settle(neighbour& n, time_point now);
  void probe(neighbour& n, time_point now);
  void refuse_all(neighbour& n);
  void close_open(neighbour& n, errc why);
  void fail_waiters(neighbour& n, const error& why);
  void forget_if_idle(std::string_view name);
  void check_left();
  neighbour* of(const connection& c);

  std::string const own_name_;
  actions& actions_;
  snow::random& random_;
  std::size_t const most_;
  std::map<std::string, neighbour, std::less<>> all_;
  bool leaving_ = false;
  std::function<void()> left_;
};

inline bool neighbours::is_final(errc e) noexcept {
  switch (e) {
    case errc::bad_name:
    case errc::bad_cookie:
    case errc::bad_version:
    case errc::name_in_use:
    case errc::not_allowed:
    case errc::function_not_found:
    case errc::signature_mismatch:
    case errc::protocol_violation:
      return true;
    case errc::normal:
    case errc::shutdown:
    case errc::killed:
    case errc::exception:
    case errc::user:
    case errc::abandoned:
    case errc::no_process:
    case errc::no_connection:
    case errc::timed_out:
    case errc::would_deadlock:
    case errc::overloaded:
    case errc::shutting_down:
    case errc::bad_arguments:
    case errc::not_serializable:
    case errc::address_in_use:
    case errc::duplicate:
      return false;
  }
  return false;
}

inline void neighbours::want(const std::string& name, const waiter& w, time_point now) {
  if (leaving_) return actions_.not_connected(w, error{errc::shutting_down, "this node is shutting down"});
  auto it = all_.find(name);
  if (it == all_.end()) {
    if (all_.size() >= most_)
      return actions_.not_connected(w, error{errc::overloaded, "this node knows its limit of other nodes"});
    it = all_.try_emplace(name).first;
  }
  neighbour& n = it->second;
  n.ours = true;
  if (n.running) return actions_.connected(w, name);
  n.waiters.push_back(w);
  if (n.open || n.dialling) return;
  n.failures = 0;
  n.dial_at = now;
  dial(*it);
}

inline void neighbours::unwant(const std::string& name, const waiter& w) {
  auto const it = all_.find(name);
  if (it != all_.end()) std::erase(it->second.waiters, w);
}

inline void neighbours::give_up(const std::string& name) {
  if (auto const it = all_.find(name); it != all_.end()) it->second.ours = it->second.lost = false;
}

inline void neighbours::disconnect(const std::string& name) {
  auto const it = all_.find(name);
  if (it == all_.end()) return;
  neighbour& n = it->second;
  n.ours = n.heard_of = n.lost = false;
  n.dial_at = time_point::max();
  fail_waiters(n, error{errc::no_connection, "disconnect was called"});
  if (n.open && !std::exchange(n.closing, true)) n.open->goodbye();
  forget_if_idle(name);
}

inline void neighbours::heard_of(const std::string& name, time_point now) {
  if (leaving_ || name == own_name_ || (!all_.contains(name) && all_.size() >= most_)) return;
  auto const it = all_.try_emplace(name).first;
  neighbour& n = it->second;
  if (n.open || n.dialling || n.dial_at != time_point::max()) return;
  n.heard_of = true;
  n.failures = 0;
  n.dial_at = now;
  dial(*it);
}

inline void neighbours::leave(std::function<void()> done) {
  leaving_ = true;
  left_ = std::move(done);
  for (auto& [name, n] : all_) {
    n.dial_at = time_point::max();
    fail_waiters(n, error{errc::shutting_down, "this node is shutting down"});
    for (auto const& p : n.proved) p.c->refuse(errc::shutting_down);
    if (n.open && !std::exchange(n.closing, true)) n.open->goodbye();
  }
  check_left();
}

inline void neighbours::dial(entry& e) {
  neighbour& n = e.second;
  n.dial_at = time_point::max();
  n.dialling = true;
  actions_.dial(e.first);
}

inline void neighbours::dial_later(neighbour& n, time_point now) {
  duration const most = n.waiters.empty() ? last_delay : last_delay_awaited;
  duration const delay = std::min(first_delay * (1u << std::min(n.failures, 10u)), most);
  // Nodes that were lost together must not come back together.
  auto const spread = static_cast<std::uint64_t>(delay.count() / 2);
  n.dial_at =
      now + delay / 2 + delay / 4 + duration{static_cast<duration::rep>(random_.next() % (spread + 1))};
}

inline void neighbours::on_dial_failed(const std::string& name, const error& why, time_point now) {
  auto const it = all_.find(name);
  if (it == all_.end()) return;
  neighbour& n = it->second;
  n.dialling = false;
  ++n.failures;
  if (n.open || leaving_) return;
  if (is_final(why.which())) {
    fail_waiters(n, why);
    n.ours = n.ours && n.lost;
    if (!n.lost) return forget_if_idle(name);
  } else {
    for (auto const& w : n.waiters) actions_.tried(w, why);
  }
  if (wanted(n)) return dial_later(n, now);
  forget_if_idle(name);
}

inline void neighbours::on_proved(std::shared_ptr<connection> c, time_point now) {
  std::string const& name = c->peer_name();
  if (leaving_) return c->refuse(errc::shutting_down);
  if (!all_.contains(name) && all_.size() >= most_) return c->refuse(errc::overloaded);
  neighbour& n = all_.try_emplace(name).first->second;
  if (c->dialled()) n.dialling = false;
  if (n.proved.size() >= most_proved) return c->refuse(errc::overloaded);
  if (!n.open && we_decide(name)) return set_open(n, std::move(c));
  n.proved.push_back({std::move(c), false});
  if (n.open && !n.closing && n.probe_until == time_point::max()) probe(n, now);
}

inline void neighbours::set_open(neighbour& n, std::shared_ptr<connection> c) {
  n.open = std::move(c);
  n.closing = false;
  n.running = false;
  n.probe_until = n.dial_at = time_point::max();
  n.open->open();
}

inline void neighbours::on_opened(connection& c, time_point now) {
  neighbour* const n = of(c);
  if (!n) return;
  for (auto& p : n->proved)
    if (p.c.get() == &c) p.opened = true;
  if (!n->open) settle(*n, now);
}

inline void neighbours::on_running(connection& c) {
  neighbour* const n = of(c);
  if (!n || n->open.get() != &c) return;
  n->running = true;
  n->lost = n->ours;
  n->failures = 0;
  actions_.node_is_up(c);
  for (auto const& w : std::exchange(n->waiters, {})) actions_.connected(w, c.peer_name());
}

inline void neighbours::on_heard(connection& c, time_point now) {
  neighbour* const n = of(c);
  if (!n || n->open.get() != &c || n->probe_until == time_point::max()) return;
  n->probe_until = now + probe_time;
}

inline void neighbours::on_pong(connection& c) {
  neighbour* const n = of(c);
  if (!n || n->open.get() != &c || n->closing) return;
  n->probe_until = time_point::max();
  refuse_all(*n);
}

/// The open one lives: each newcomer is an impostor or one too many. They are erased as they close.
inline void neighbours::refuse_all(neighbour& n) {
  for (auto const& p : n.proved)
    p.c->refuse(p.c->peer_creation() == n.open->peer_creation() ? errc::duplicate : errc::name_in_use);
}

/// Nothing is open: opens the newest that may be, since an older one may be of an incarnation that is gone.
/// Nor does the newest refuse those of another before it has shown that it lives.
inline void neighbours::settle(neighbour& n, time_point now) {
  auto const it = std::find_if(n.proved.rbegin(), n.proved.rend(),
                               [&](const candidate& p) { return p.opened || we_decide(p.c->peer_name()); });
  if (it == n.proved.rend()) return;
  auto c = std::move(it->c);
  n.proved.erase(std::next(it).base());
  set_open(n, std::move(c));
  bool others = false;
  for (auto const& p : n.proved) {
    bool const same = p.c->peer_creation() == n.open->peer_creation();
    if (same && we_decide(n.open->peer_name())) p.c->refuse(errc::duplicate);
    others = others || !same;
  }
  if (others) probe(n, now);
}

/// The open one has so much silence to show that it lives.
inline void neighbours::probe(neighbour& n, time_point now) {
  n.probe_until = now + probe_time;
  n.open->probe();
}

inline void neighbours::on_closed(connection& c, const error& why, time_point now) {
  std::string const name = c.peer_name();
  neighbour* const n = of(c);
  if (!n) return check_left();
  if (n->open.get() != &c) {
    bool const by_us = c.dialled();
    std::erase_if(n->proved, [&](const candidate& p) { return p.c.get() == &c; });
    if (by_us) on_dial_failed(name, why, now);
    forget_if_idle(name);
    return check_left();
  }
  auto const gone = std::exchange(n->open, nullptr);
  bool const was_running = std::exchange(n->running, false);
  n->closing = false;
  n->probe_until = time_point::max();
  if (was_running) {
    // Another node lives there under this one's name: to come again would change nothing.
    if (why == errc::name_in_use) n->ours = n->lost = false;
    actions_.node_is_down(name, why);
  } else if (gone->dialled()) {
    for (auto const& w : n->waiters) actions_.tried(w, why);
  }
  if (!leaving_) {
    settle(*n, now);
    if (!n->open && !n->dialling && wanted(*n)) dial_later(*n, now);
  }
  forget_if_idle(name);
  check_left();
}

inline time_point neighbours::next() const noexcept {
  time_point first = time_point::max();
  for (auto const& [name, n] : all_) first = std::min({first, n.dial_at, n.probe_until});
  return first;
}

inline void neighbours::tick(time_point now) {
  for (auto& e : all_) {
    neighbour& n = e.second;
    if (n.probe_until <= now) close_open(n, errc::timed_out);
    if (n.dial_at <= now && wanted(n))
      dial(e);
    else if (n.dial_at <= now)
      n.dial_at = time_point::max();
  }
}

inline void neighbours::close_open(neighbour& n, errc why) {
  n.probe_until = time_point::max();
  if (n.open && !std::exchange(n.closing, true)) n.open->close(why);
}

inline void neighbours::fail_waiters(neighbour& n, const error& why) {
  for (auto const& w : std::exchange(n.waiters, {})) actions_.not_connected(w, why);
}

inline void neighbours::forget_if_idle(std::string_view name) {
  auto const it = all_.find(name);
  if (it == all_.end()) return;
  const neighbour& n = it->second;
  bool const idle = !n.open && n.proved.empty() && n.waiters.empty() && !n.ours && !n.dialling &&
                    n.dial_at == time_point::max();
  if (idle) all_.erase(it);
}

inline void neighbours::check_left() {
  if (!left_) return;
  for (auto const& [name, n] : all_)
    if (n.open || !n.proved.empty()) return;
  std::exchange(left_, nullptr)();
}

inline neighbours::neighbour* neighbours::of(const connection& c) {
  auto const it = all_.find(c.peer_name());
  return it == all_.end() ? nullptr : &it->second;
}

}  // namespace snow
