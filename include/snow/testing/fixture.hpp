#pragma once

#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/testing/journal.hpp"
#include "snow/testing/probe.hpp"
#include "snow/testing/simulation.hpp"

namespace snow::testing {

/// What a fixture is made of.
struct fixture_options {
  std::uint64_t seed = 1;  ///< of everything that is drawn
  /// Of the node under test, which has one worker and, without a name, is `"test@test:1"`.
  node_options node{};
};

/// One node under virtual time, for unit tests of actors: they run when the test says so, and it sees all
/// that they send. The node is a real one; time stands still while they run, and moves when the test moves
/// it.
///
/// What does not come as expected throws `unexpected`, which every test framework reports. Of one thread, and
/// for a test, not for actors or the handlers of doubles (`not_allowed`).
class fixture {
 public:
  using place = std::source_location;

  explicit fixture(fixture_options o = {});
  fixture(const fixture&) = delete;
  fixture& operator=(const fixture&) = delete;
  ~fixture();

  // ---- actors and their doubles
  /// As `context::spawn`, with `spawn_options` or without. The actor has not run yet.
  template <auto F, class... Args>
  spawned spawn(Args&&... args) {
    return start<F>(snow::pid{}, std::forward<Args>(args)...);
  }
  /// A process of the test, with a name on the node under test or without. Throws `name_in_use`.
  testing::probe& probe(std::string name = {}) { return seat_at(*node_, std::move(name)); }
  /// A double of a process that has that name on another node: a real node, whose name has a host of its own,
  /// and to which the node under test is connected from then on. What comes and goes is encoded; time does
  /// not move. Runs what is ready.
  testing::probe& remote(std::string name, const std::string& node);
  /// Another node of doubles is no more. Who monitors them is told when the test goes on.
  void crash(const std::string& node);

  // ---- what the test says; nothing runs yet
  /// `to`: a pid, what was spawned, a double, or a `snow::named`.
  template <class M, class To, class... Args>
  void send(const To& to, Args&&... args) {
    node().send<M>(target(to), std::forward<Args>(args)...);
  }
  void exit(const snow::pid& to, const reason& why) { self_->exit(to, {{}, why}); }
  void exit(const snow::pid& to, kill_t) { self_->exit(to, {{}, errc::killed, true}); }

  // ---- what runs
  /// The next actor that is ready runs, by one message at most. False when none is.
  bool step();
  /// Until nothing is ready. Time does not move; actors that never come to rest are told (`unexpected`).
  void run() {
    begin();
    while (happens_by(time().now())) happen();
  }
  /// So much time passes, and what is due in it happens in its order.
  void advance(duration d);
  /// Time passes until that is true. False if it has not come true within that time.
  template <class Done>
  bool run_until(Done done, duration within = std::chrono::minutes{10});
  /// Asks, and lets time pass until the answer comes or the ask fails.
  template <class M, class To, class... Args>
  result<typename M::reply_type> ask(const To& to, Args&&... args);
  /// Since the beginning.
  duration now() const noexcept { return sim_.now(); }

  // ---- what was sent, by actors of the node under test; not by the test
  const std::vector<sent_message>& sent() const noexcept { return journal_->all(); }
  /// From now on keeps a copy of each `M` that an actor sends, to whomever.
  template <class M>
  const std::vector<recorded<M>>& record() {
    return journal_->record<M>();
  }
  /// No actor has sent an `M`.
  template <class M>
  void forbid(const place& where = place::current()) const {
    for (auto const& m : sent())
      if (m.is<M>())
        throw unexpected{where, "expected no " + detail::short_name(name_of<M>) + ", and " + m.to_string()};
  }
  void forget_sent() noexcept { journal_->clear(); }

  snow::node& node() noexcept { return **node_; }
  testing::trace& trace() noexcept { return sim_.trace(); }
  std::uint64_t trace_hash() const noexcept { return sim_.trace_hash(); }

 private:
  friend class testing::probe;
  static constexpr std::uint64_t most_at_once = 100'000;

  environment& env() noexcept { return node_->env(); }
  timeline& time() noexcept { return sim_.time_; }
  bool happens_by(time_point t) noexcept { return time().next() <= t; }
  void begin() {
    settle();
    at_once_ = 0;
  }
  /// The next thing.
  void happen();
  /// Doubles take what has come.
  void settle();
  testing::node& start_node(const std::string& name, node_options with);
  testing::probe& seat_at(testing::node& on, std::string name);
  template <auto F, class... Args>
  spawned start(const snow::pid& parent, Args&&... args);
  template <auto F, class... Args>
  spawned start_with(const snow::pid& parent, const spawn_options& o, Args&&... args);

  static const snow::pid& target(const snow::pid& p) noexcept { return p; }
  static const named& target(const named& n) noexcept { return n; }
  template <class P>
  static const ref<P>& target(const ref<P>& r) noexcept {
    return r;
  }

  /// Actors that could run.
  std::string ready();
  std::string hint();

  fixture_options const options_;
  simulation sim_;
  testing::node* node_ = nullptr;
  std::unique_ptr<detail::journal> journal_;
  std::shared_ptr<detail::seat> self_;  // watches what was spawned
  std::map<std::uint64_t, std::shared_ptr<detail::fate>> fates_;
  struct stranger {
    testing::node* on;
    std::shared_ptr<detail::seat> seat;
    std::unique_ptr<testing::probe> shown;
  };
  std::vector<stranger> doubles_;
  std::uint64_t at_once_ = 0;
  bool busy_ = false;
};

// ---- nodes

namespace detail {

/// The part of `"id@host:port"` that names the computer.
inline std::string host_of(const std::string& name) {
  std::string const address = name.substr(name.find('@') + 1);
  return address.substr(0, address.rfind(':'));
}

inline actor connects(context& self, std::string name) {
  co_await self.node().connect(std::move(name));
}

inline simulation_options standing_still(std::uint64_t seed) {
  simulation_options o{.seed = seed};
  o.weather.latency_least = o.weather.latency_most = {};
  o.pace = {.wake_least = {}, .wake_most = {}, .look = {}, .blocking_most = {}};
  // A turn is one step of one actor.
  o.tuning.budget = 0;
  o.tuning.look_every = 1;
  o.tuning.turn_length = {};
  return o;
}

}  // namespace detail

inline fixture::fixture(fixture_options o)
    : options_{std::move(o)}, sim_{detail::standing_still(options_.seed)} {
  node_ = &start_node(options_.node.name.empty() ? "test@test:1" : options_.node.name, options_.node);
  journal_ = std::make_unique<detail::journal>(sim_, env());
  self_ = std::make_shared<detail::seat>(env(), env(), "");
  self_->endures = true;
}

inline fixture::~fixture() {
  for (auto& d : doubles_) d.seat->close();
  self_->close();
}

inline node& fixture::start_node(const std::string& name, node_options with) {
  std::string const host = detail::host_of(name);
  with.name = name;
  with.cookie = options_.node.cookie;
  with.workers = 1;
  testing::node& n = sim_.node(host, std::move(with));
  if (n.name() != name)
    throw error{errc::bad_name,
                name + " and " + n.name() + " have one host: give each node of a fixture its own"};
  if (!n.is_running()) sim_.restart(host);
  return n;
}

inline probe& fixture::remote(std::string name, const std::string& node) {
  node_options with;
  with.limits = options_.node.limits;
  testing::node& n = start_node(node, std::move(with));
  auto const peers = this->node().peers();
  if (std::none_of(peers.begin(), peers.end(), [&](auto const& p) { return p.name() == node; })) {
    auto const connected = spawn<&detail::connects>(node);
    run_until([&] { return connected.has_ended(); });
    if (*connected.exit_reason() != errc::normal)
      throw error{errc::no_connection, connected.exit_reason()->to_string()};
  }
  return seat_at(n, std::move(name));
}

inline void fixture::crash(const std::string& node) {
  std::string const host = detail::host_of(node);
  for (auto& d : doubles_)
    if (d.on == &sim_.at(host)) d.seat->close();
  sim_.crash(host);
}

inline probe& fixture::seat_at(testing::node& on, std::string name) {
  auto const s = std::make_shared<detail::seat>(on.env(), env(), std::move(name));
  doubles_.push_back({&on, s, std::make_unique<testing::probe>(*this, s)});
  journal_->know(s);
  return *doubles_.back().shown;
}

// ---- actors

template <auto F, class... Args>
spawned fixture::start(const snow::pid& parent, Args&&... args) {
  if constexpr (sizeof...(Args) > 0) {
    using first = std::remove_cvref_t<std::tuple_element_t<0, std::tuple<Args...>>>;
    if constexpr (std::same_as<first, spawn_options>)
      return start_with<F>(parent, std::forward<Args>(args)...);
    else
      return start_with<F>(parent, {}, std::forward<Args>(args)...);
  } else {
    return start_with<F>(parent, {});
  }
}

template <auto F, class... Args>
spawned fixture::start_with(const snow::pid& parent, const spawn_options& o, Args&&... args) {
  auto const f = std::make_shared<detail::fate>();
  launch& made = snow::detail::make_launch<snow::detail::launch_of<F>>(
      env(), snow::detail::keep<typename snow::detail::callable<F>::kept>(std::forward<Args>(args)...));
  f->id = detail::inside(env(), nullptr, [&] {
    std::uint64_t const number = worker::current()->new_request();
    snow::pid const id = start_actor(env(), made,
                                     {.parent = parent,
                                      .mailbox_limit = o.mailbox_limit,
                                      .on_full = o.on_full,
                                      .name = o.name,
                                      .watcher = {self_->own, number, {}}});
    attached(*self_->cell).watching.emplace(number, id);
    fates_.emplace(number, f);
    return id;
  });
  return spawned{f};
}

template <auto F, class... Args>
spawned probe::spawn(Args&&... args) {
  if (seat_->env != &kit_.env())
    throw error{errc::not_allowed, "a double on another node has no actors here: fixture::spawn makes some"};
  return kit_.start<F>(seat_->own, std::forward<Args>(args)...);
}

template <class M, class To, class... Args>
result<typename M::reply_type> fixture::ask(const To& to, Args&&... args) {
  auto answer = node().ask<M>(target(to), std::forward<Args>(args)...);
  run_until([&] { return answer.wait_for(std::chrono::seconds{0}) == std::future_status::ready; },
            duration::max() / 2);
  try {
    if constexpr (std::is_void_v<typename M::reply_type>) {
      answer.get();
      return {};
    } else {
      return answer.get();
    }
  } catch (const error& e) {
    return e;
  }
}

// ---- time

inline void fixture::happen() {
  if (busy_ || computer::turning)
    throw error{errc::not_allowed, "an actor or a double's handler cannot run its fixture"};
  time_point const before = time().now();
  time().step();
  at_once_ = time().now() == before ? at_once_ + 1 : 0;
  settle();
  if (at_once_ < most_at_once) return;
  throw unexpected{place::current(),
                   fmt::format("{} steps, and time has not moved: ready are {}", at_once_, ready())};
}

inline void fixture::settle() {
  if (busy_) return;
  detail::flagged const now{busy_};
  self_->take_in();
  while (!self_->got.empty()) {
    auto& e = *self_->got.front();
    if (fits<down>(e) == fit::yes) {
      auto const& d = static_cast<letter<down>&>(e).value;
      if (auto const known = fates_.extract(d.monitor.number)) known.mapped()->end = d.reason;
    }
    detail::inside(env(), nullptr, [&] { self_->got.pop_front(); });
  }
  for (std::size_t i = 0; i < doubles_.size(); ++i) doubles_[i].seat->take_in();
}

inline bool fixture::step() {
  begin();
  for (auto const before = sim_.turns_; sim_.turns_ == before; happen())
    if (!happens_by(time().now())) return false;
  return true;
}

inline void fixture::advance(duration d) {
  begin();
  time_point const until = time().now() + d;
  while (happens_by(until)) happen();
  time().skip_to(until);
}

template <class Done>
bool fixture::run_until(Done done, duration within) {
  time_point const until = time().now() + within;
  begin();
  for (; !done(); happen())
    if (!happens_by(until)) return false;
  return true;
}

// ---- sentences

inline std::string fixture::ready() {
  std::string all;
  for (auto const& a : node().actors())
    if (a.state == actor_info::state_type::ready && !journal_->is_double(a.pid) && a.pid != self_->own)
      all.append(all.empty() ? "" : ", ").append(a.function);
  return all;
}

inline std::string fixture::hint() {
  if (auto const all = ready(); !all.empty()) return "; ready are " + all + ": step() or run() first";
  if (env().at(0).has_deadlines()) return "; some wait for time to pass: advance() it";
  return "";
}

inline void probe::fail(const place& where, std::string_view expected, std::string_view got) const {
  throw unexpected{where, fmt::format("{} expected {}, and got {}{}", seat_->name, expected, got,
                                      got == "nothing" ? kit_.hint() : "")};
}

inline std::string probe::text_of(envelope& e) const {
  std::string_view const name = is_raw(e) ? kit_.journal_->name_of_type(raw_of(e).type) : type_of(e).name;
  return name.empty() ? "a message of a type that this node has not sent" : detail::with_article(name);
}

}  // namespace snow::testing
