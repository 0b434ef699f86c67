#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/testing/network.hpp"
#include "snow/testing/node.hpp"

namespace snow::testing {

/// What a simulation is made of. Everything that is drawn comes from the seed.
struct simulation_options {
  std::uint64_t seed = 1;
  testing::weather weather{};
  testing::pace pace{};
  snow::tuning tuning{};
  /// Of the nodes that are made without options of their own. Without a number of workers a node has one.
  node_options node{};
};

/// A cluster of nodes in the calling thread, over a simulated network, under virtual time. They run what they
/// run in production, but for sockets, clocks, threads and randomness. The same seed and the same calls give
/// the same history (`trace_hash`), on every run and from every compiler.
///
/// After FoundationDB's simulator (Zhou et al., SIGMOD 2021). Of one thread; actors must not be what calls
/// it.
class simulation {
 public:
  explicit simulation(simulation_options o = {})
      : options_{std::move(o)}, dice_{options_.seed}, trace_{time_}, network_{time_, dice_.split(), trace_} {
    network_.usual() = options_.weather;
  }
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  /// All nodes crash.
  ~simulation() {
    nodes_.clear();
    time_.end();  // what was under way knows the network
  }

  /// The node of that id, started when it is asked for first, then with these options. Its name is
  /// `"<id>@<id>:1"`, its cookie that of all.
  testing::node& node(const std::string& id) { return node(id, options_.node); }
  testing::node& node(const std::string& id, node_options with);

  // ---- time
  /// Since the beginning.
  duration now() const noexcept { return time_.now() - begin_; }
  void run_for(duration d);
  /// False if it has not come true within so much virtual time.
  template <class Done>
  bool run_until(Done done, duration within = std::chrono::minutes{10});
  /// Runs until no actor does anything and none waits for a moment, and nothing happens but heartbeats and
  /// attempts to connect, for as long as it takes to notice that a peer is gone. False if that has not come
  /// within so much virtual time: something goes on for ever.
  bool run_until_idle(duration within = std::chrono::hours{1});
  /// The next thing that is to happen.
  bool step() { return time_.step(); }

  // ---- faults
  using ids = std::vector<std::string>;
  /// Nothing passes between the two groups, in either direction, until it is healed.
  void partition(const ids& a, const ids& b) { cut(a, b), cut(b, a); }
  /// Nothing passes from the first to the second.
  void cut(const ids& from, const ids& to);
  void heal(const ids& from, const ids& to);
  /// Everything passes everywhere again, in the usual weather but for its resets, refusals and connects in
  /// vain; who was paused goes on, and clocks run as fast as time.
  void heal();
  /// Their connections end with an error.
  void reset(const std::string& a, const std::string& b) { note("reset", a, b), network_.reset(a, b); }
  /// Their connections are half-open: nothing that is sent arrives, nobody is told; new ones work.
  void lose(const std::string& a, const std::string& b) { note("lose", a, b), network_.lose(a, b); }
  /// The same once so many more bytes have come from the first to the second: to the connection that brings
  /// the next one.
  void reset_after(const std::string& from, const std::string& to, std::uint64_t bytes) {
    network_.break_after(from, to, bytes, false);
  }
  void lose_after(const std::string& from, const std::string& to, std::uint64_t bytes) {
    network_.break_after(from, to, bytes, true);
  }
  /// What the first says to the second, on each connection that they make from now on, goes through what
  /// `make` has made for it: a peer that knows the cookie, and keeps no rule. Without `make`, unchanged
  /// again.
  void tamper(const std::string& from, const std::string& to, std::function<tampering()> make) {
    network_.tamper(from, to, std::move(make));
  }
  /// From the first to the second, from now on.
  testing::weather& weather(const std::string& from, const std::string& to) {
    return network_.between(from, to);
  }
  /// The usual weather between them again.
  void calm(const std::string& from, const std::string& to) { network_.calm(from, to); }
  /// As SIGTERM: the node begins to stop in good order (S-32); when it has, its process ends.
  void stop(const std::string& id);
  /// The process is killed; its kernel closes what it had open.
  void crash(const std::string& id) { end(id, false); }
  /// The computer loses its power: nobody is told.
  void power_off(const std::string& id) { end(id, true); }
  /// The same node again, with nothing of what it knew: a new creation.
  void restart(const std::string& id);
  /// Another node of the same name and options, on a computer that nobody dials: started, whatever it was
  /// before.
  testing::node& twin(const std::string& id);
  /// Its id.
  static std::string twin_of(const std::string& id) { return id + "'"; }
  /// As SIGSTOP, and SIGCONT.
  void pause(const std::string& id) { note("pause", id, ""), at(id).computer_->pause(); }
  void resume(const std::string& id) { note("resume", id, ""), at(id).computer_->resume(); }
  /// Its workers are held up; or one of them.
  void stall(const std::string& id, duration d) { note("stall", id, ""), at(id).computer_->stall(d); }
  void stall(const std::string& id, std::size_t worker, duration d) {
    note("stall", id, std::to_string(worker)), at(id).computer_->stall(worker, d);
  }
  /// Its clock moves on.
  void skew(const std::string& id, duration d) { note("skew", id, ""), at(id).computer_->skew(d); }
  /// Its clock runs so many millionths faster than time, or slower if negative: less than a million.
  void drift(const std::string& id, std::int64_t ppm) {
    note("drift", id, std::to_string(ppm)), at(id).computer_->drift(ppm);
  }

  // ---- history
  testing::trace& trace() noexcept { return trace_; }
  std::uint64_t trace_hash() const noexcept { return trace_.hash(); }
  std::uint64_t steps() const noexcept { return time_.happened(); }

 private:
  friend class testing::node;
  friend class fixture;

  testing::node& at(const std::string& id) {
    auto const it = nodes_.find(id);
    if (it == nodes_.end()) throw error{errc::bad_name, "no node \"" + id + "\" was made in this simulation"};
    return *it->second;
  }
  void end(const std::string& id, bool silently);
  void ended(testing::node& n);
  void note(std::string_view fault, const std::string& a, const std::string& b) {
    trace_.add("fault", fault, "{} {}", a, b);
  }
  void active() noexcept { last_activity_ = time_.now(); }

  simulation_options const options_;
  timeline time_;
  time_point const begin_ = time_.now();
  dice dice_;
  testing::trace trace_;
  network network_;
  std::map<std::string, std::unique_ptr<testing::node>> nodes_;
  time_point last_activity_ = time_.now();
  std::uint64_t turns_ = 0;  // in which actors ran
};

// ---- node: what needs the whole simulation

inline node::~node() {
  if (node_) crash();
}

inline void node::start() {
  computer_ =
      std::make_shared<computer>(all_.time_, all_.dice_.split(), all_.options_.pace, all_.options_.tuning);
  node_options o = options_;
  o.machine = computer_;
  o.transport = all_.network_.join(id_);
  // Silent, unless the test asks for its log: all of it is in the trace.
  auto const* const usual = o.log.target<void (*)(const log_record&)>();
  if (usual && *usual == &log_to_stderr) o.log = nullptr;
  o.log = [this, also = std::move(o.log)](const log_record& r) {
    all_.active();
    all_.trace_.add(id_, r.event, "{}", r.text);
    if (also) also(r);
  };
  node_ = std::make_unique<snow::node>(std::move(o));
  stopping_ = false;
  all_.trace_.add(id_, "starts", "");
  env().observer = &chronicle_;
  computer_->around_turns(
      [this](std::size_t i) {
        computer& c = *computer_;
        if (c.reorders()) env().at(i).reorder([&c](std::size_t n) { return c.below(n); });
      },
      [this](std::size_t i) {
        if (!env().at(i).ran_actors()) return;
        ++all_.turns_;
        all_.active();
      });
  node_->start();
}

inline void node::chronicle::on_start(const snow::pid& who, std::string_view function) noexcept {
  of_.all_.trace_.add(of_.id_, "actor", "{}.{} starts: {}", who.slot, who.generation, name_of(function));
}

inline void node::chronicle::on_end(const snow::pid& who, std::string_view function,
                                    const reason& why) noexcept {
  of_.all_.trace_.add(of_.id_, "actor", "{}.{} ends: {}, {}", who.slot, who.generation, name_of(function),
                      why.to_string());
  if (auto const known = of_.fates_.extract(who)) known.mapped()->end = why;
}

/// On a worker of its own, as a handler of signals does: nobody waits for the end.
inline void node::stop() {
  stopping_ = true;
  computer_->when_over([this] { all_.ended(*this); });
  run_on(env().at(0), [core = node_->core_.get()] { core->stop(); });
}

inline void node::crash() {
  computer_->crash();
  node_.reset();
}

// ---- simulation

inline node& simulation::node(const std::string& id, node_options with) {
  auto const it = nodes_.find(id);
  if (it != nodes_.end()) return *it->second;
  if (with.name.empty()) with.name = id + "@" + id + ":1";
  if (with.cookie.empty()) with.cookie = "the cookie of all simulated nodes";
  auto made = std::make_unique<testing::node>(*this, id, std::move(with));
  made->start();
  return *nodes_.emplace(id, std::move(made)).first->second;
}

inline void simulation::run_for(duration d) {
  time_point const until = time_.now() + d;
  while (time_.next() <= until) time_.step();
  time_.skip_to(until);
}

template <class Done>
bool simulation::run_until(Done done, duration within) {
  time_point const until = time_.now() + within;
  while (!done()) {
    if (time_.next() > until) return false;
    time_.step();
  }
  return true;
}

inline bool simulation::run_until_idle(duration within) {
  time_point const until = time_.now() + within;
  constexpr duration look_every = std::chrono::milliseconds{100};
  duration quiet{};  // within which a peer that is gone is noticed
  for (auto const& [id, n] : nodes_) {
    auto const& l = n->options_.limits;
    quiet = std::max(quiet, l.heartbeat * (l.missed_heartbeats + 2) + l.handshake);
  }
  active();
  while (time_.now() < until) {
    run_for(std::min(look_every, until - time_.now()));
    if (time_.now() - last_activity_ < quiet) continue;
    bool const waits = std::any_of(nodes_.begin(), nodes_.end(), [](auto const& n) {
      return n.second->is_running() && (n.second->is_stopping() || n.second->has_deadlines());
    });
    if (!waits) return true;
  }
  return false;
}

inline void simulation::cut(const ids& from, const ids& to) {
  for (auto const& a : from)
    for (auto const& b : to) {
      note("cut", a, b);
      network_.cut(a, b);
    }
}

inline void simulation::heal(const ids& from, const ids& to) {
  for (auto const& a : from)
    for (auto const& b : to) {
      note("heal", a, b);
      network_.heal(a, b);
    }
}

inline void simulation::heal() {
  note("heal", "all", "");
  network_.heal_all();
  for (auto const& [id, n] : nodes_)
    if (n->is_running()) {
      n->computer_->drift(0);
      if (n->computer_->is_paused()) n->computer_->resume();
    }
}

inline void simulation::stop(const std::string& id) {
  if (!at(id).is_running()) return;
  note("stop", id, "");
  at(id).stop();
}

inline void simulation::ended(testing::node& n) {
  n.node_.reset();
  network_.leave(n.id(), false);
  trace_.add(n.id(), "stops", "");
  active();
}

inline void simulation::end(const std::string& id, bool silently) {
  testing::node& n = at(id);
  if (!n.is_running()) return;
  note(silently ? "power off" : "crash", id, "");
  network_.leave(id, silently);
  n.crash();
  active();
}

inline void simulation::restart(const std::string& id) {
  if (at(id).is_running()) crash(id);
  note("restart", id, "");
  at(id).start();
  active();
}

inline node& simulation::twin(const std::string& id) {
  std::string const other = twin_of(id);
  note("twin", id, "");
  auto const it = nodes_.find(other);
  if (it == nodes_.end()) return node(other, at(id).options_);
  if (it->second->is_running()) crash(other);
  it->second->start();
  active();
  return *it->second;
}

}  // namespace snow::testing
