#include "snow/node/arrivals.hpp"

#include <future>
#include <latch>
#include <map>

#include "snow/node/engine.hpp"
#include "snow/node/peer.hpp"
#include "snow/node/plain_thread.hpp"
#include "snow/session/prover.hpp"
#include "support/catch.hpp"

// Two nodes in one process, whose links hand each signal over as bytes, on the other's first worker.

namespace arrivals_test {

struct note {
  int n;
};
struct question {
  using reply_type = int;
  int n;
};
struct errand {
  snow::reply_to<int> back;
};

inline snow::actor adder(snow::context& self, int start) {
  for (;;) co_await self.receive([&](question q) { return start + q.n; }, [&](note n) { start += n.n; });
}
SNOW_REGISTER(adder);

inline int square(int x) {
  return x * x;
}
SNOW_REGISTER(square);

inline int fails(std::string what) {
  throw std::runtime_error{what};
}
SNOW_REGISTER(fails);

inline snow::actor ends_at_once(snow::context&) {
  co_return;
}
SNOW_REGISTER(ends_at_once);

inline snow::actor tells_parent(snow::context& self) {
  self.send<note>(self.parent(), 7);
  co_return;
}
SNOW_REGISTER(tells_parent);

inline snow::actor waits(snow::context& self) {
  co_await self.receive([](note) {});
}
SNOW_REGISTER(waits);

inline snow::actor runs_errands(snow::context& self) {
  for (;;) co_await self.receive([](errand e) { e.back(7); });
}
SNOW_REGISTER(runs_errands);

inline int unregistered(int x) {
  return x;
}

class side;

struct wired final : snow::link {
  wired(side& from, side& to, std::string peer, snow::node_id number)
      : link{std::move(peer), 1, number, snow::limits{}}, mine{from}, other{to} {}

  snow::pushed send(const snow::pid& from, const snow::pid& to, const snow::outgoing& v,
                    const snow::question* q) override;
  snow::pushed send(const snow::pid&, std::string_view, const snow::outgoing&,
                    const snow::question*) override {
    return snow::pushed::closed;
  }
  snow::pushed reply(const snow::pid& from, const snow::reply_path& to, const snow::answer& a) override;
  snow::pushed start(const snow::remote_requests::request& r, const snow::remote_start& what) override;
  snow::pushed started(const snow::pid& from, std::uint64_t request, const snow::pid& child) override;
  snow::pushed not_started(std::uint64_t request, snow::errc why, std::string_view details) override;
  snow::pushed abandon(const snow::pid& from, std::uint64_t request) override;
  snow::pushed monitor(const snow::watch& w) override;
  snow::pushed demonitor(const snow::watch& w) override;
  snow::pushed down(const snow::watch& w, const snow::reason& why) override;
  snow::pushed exit(const snow::pid& from, const snow::pid& to, const snow::reason& why,
                    bool by_force) override;
  snow::pushed tie(const snow::pid& from, const snow::pid& to) override;
  snow::pushed untie(const snow::pid& from, const snow::pid& to, std::uint64_t id) override;
  snow::pushed untied(const snow::pid& from, const snow::pid& to, std::uint64_t id) override;
  snow::pushed broken(const snow::pid& from, const snow::pid& to, const snow::reason& why) override;
  void when_clear(const snow::pid&, std::function<void()> f) override { f(); }

  template <class F>
  snow::pushed there(F f);
  /// What a peer may say instead of an answer: on this side's first worker.
  void lie(const snow::reply_path& to, snow::type_key type, int value);

  side& mine;
  side& other;
  /// Called with each request in place of sending it.
  std::function<void(const snow::reply_path&)> swallow;
  /// What is sent has the name of its type, and another shape.
  bool reshapes = false;
};

class side : public snow::remote_requests {
 public:
  explicit side(std::string name)
      : names_{name, 1}, router_{engine_.env(), names_, random_}, arrivals_{engine_.env(), router_} {
    engine_.env().node_name = std::move(name);
    engine_.env().router = &router_;
    engine_.env().deadline = std::chrono::seconds{10};
  }
  void connect(side& other) {
    auto const id = names_.hold(other.env().node_name, 1);
    router_.routes().add(way_ = std::make_shared<wired>(*this, other, other.env().node_name, id));
  }
  void disconnect() { arrivals_.on_end(*way_, snow::errc::no_connection); }

  snow::errc start(std::string_view node, const request& r, const snow::remote_start& what,
                   snow::node_id& where, std::string& details) override {
    auto const way = router_.routes().find(node);
    if (!way) return snow::errc::no_connection;
    where = way->id();
    return router_.start(way, r, what, details);
  }
  void abandon(const snow::pid& asker, snow::node_id where, std::uint64_t number) override {
    router_.abandon(asker, where, number);
  }
  snow::errc connect(std::string_view, const snow::pid&, std::uint64_t, std::string&) override {
    return snow::errc::no_connection;
  }
  void give_up_connect(std::string_view, const snow::pid&, std::uint64_t) override {}

  snow::environment& env() { return engine_.env(); }
  snow::engine& engine() { return engine_; }
  snow::arrivals& arrivals() { return arrivals_; }
  wired& way() { return *way_; }
  snow::node_names& names() { return names_; }
  /// A pid of this side's, or of a third's, as the other side calls it.
  snow::pid as_seen_by(side& other, snow::pid p) {
    std::string_view name;
    std::uint64_t creation = 0;
    if (!p || !names_.spell(p.node, name, creation)) return {};
    return {other.names_.intern(name, creation), p.slot, p.generation};
  }

 private:
  snow::openssl_random random_;
  snow::engine engine_{{.workers = 2}};
  snow::name_table names_;
  snow::remote_router router_;
  snow::arrivals arrivals_;
  std::shared_ptr<wired> way_;
};

template <class F>
snow::pushed wired::there(F f) {
  snow::run_on(other.engine().first(),
               [&to = other, f = std::move(f)]() mutable { f(to.arrivals(), to.way()); });
  return snow::pushed::sent;
}

snow::bytes body_of(const snow::outgoing& v, snow::node_names& names) {
  snow::byte_buffer out;
  snow::writer w{out, &names};
  v.encode(w, v.value);
  REQUIRE_FALSE(w.failed());
  return snow::bytes::copy_of(out.span());
}

void wired::lie(const snow::reply_path& to, snow::type_key type, int value) {
  snow::byte_buffer out;
  snow::writer w{out, &mine.names()};
  snow::encode_body(w, value);
  snow::run_on(mine.engine().first(), [this, to, type, body = snow::bytes::copy_of(out.span())] {
    mine.arrivals().on_reply(*this, to, {snow::errc::normal, type, body, {}});
  });
}

snow::pushed wired::send(const snow::pid& from, const snow::pid& to, const snow::outgoing& v,
                         const snow::question* q) {
  if (swallow && q) return swallow({from, q->request, q->token}), snow::pushed::sent;
  snow::arrivals::message m{mine.as_seen_by(other, from), v.type, body_of(v, mine.names()), {}, {}};
  if (q) m.asked = *q;
  if (reshapes) ++m.type.fingerprint;
  return there([to = mine.as_seen_by(other, to), m = std::move(m)](auto& a, auto&) mutable {
    a.on_send(to, std::move(m));
  });
}
snow::pushed wired::reply(const snow::pid&, const snow::reply_path& to, const snow::answer& a) {
  snow::reply_path const path{mine.as_seen_by(other, to.asker), to.request, to.token};
  snow::bytes const body = a.value ? body_of(*a.value, mine.names()) : snow::bytes{};
  snow::type_key const type = a.value ? a.value->type : snow::type_key{};
  return there([=, status = a.status, details = a.details](auto& at, auto& way) {
    at.on_reply(way, path, {status, type, body, details});
  });
}
snow::pushed wired::start(const snow::remote_requests::request& r, const snow::remote_start& what) {
  if (swallow) return swallow({r.asker, r.number, r.token}), snow::pushed::sent;
  return there([caller = mine.as_seen_by(other, r.asker), r, name = what.function, print = what.fingerprint,
                arguments = snow::bytes::copy_of(what.arguments.span())](auto& a, auto& way) {
    a.on_spawn(way, {caller, r.number, r.token, r.linked, r.watched, r.kind == snow::request_kind::call, name,
                     print, arguments});
  });
}
snow::pushed wired::started(const snow::pid&, std::uint64_t request, const snow::pid& child) {
  return there(
      [request, c = mine.as_seen_by(other, child)](auto& a, auto& way) { a.on_started(way, request, c); });
}
snow::pushed wired::not_started(std::uint64_t request, snow::errc why, std::string_view details) {
  return there([request, why, d = std::string{details}](auto& a, auto& way) {
    a.on_not_started(way, request, why, d);
  });
}
snow::pushed wired::abandon(const snow::pid&, std::uint64_t request) {
  return there([request](auto& a, auto& way) { a.on_abandon(way, request); });
}
snow::pushed wired::monitor(const snow::watch& w) {
  return there(
      [t = snow::watch{mine.as_seen_by(other, w.watcher), w.monitor, mine.as_seen_by(other, w.target)}](
          auto& a, auto& way) { a.on_monitor(way, t); });
}
snow::pushed wired::demonitor(const snow::watch& w) {
  return there(
      [t = snow::watch{mine.as_seen_by(other, w.watcher), w.monitor, mine.as_seen_by(other, w.target)}](
          auto& a, auto& way) { a.on_demonitor(way, t); });
}
snow::pushed wired::down(const snow::watch& w, const snow::reason& why) {
  return there(
      [why, t = snow::watch{mine.as_seen_by(other, w.watcher), w.monitor, mine.as_seen_by(other, w.target)}](
          auto& a, auto& way) { a.on_down(way, t, why); });
}
snow::pushed wired::exit(const snow::pid& from, const snow::pid& to, const snow::reason& why, bool by_force) {
  return there([=, f = mine.as_seen_by(other, from), t = mine.as_seen_by(other, to)](auto& a, auto&) {
    a.on_exit(f, t, why, by_force);
  });
}

snow::pushed wired::tie(const snow::pid& from, const snow::pid& to) {
  return there([f = mine.as_seen_by(other, from), t = mine.as_seen_by(other, to)](auto& a, auto& way) {
    a.on_link(way, f, t);
  });
}
snow::pushed wired::untie(const snow::pid& from, const snow::pid& to, std::uint64_t id) {
  return there([f = mine.as_seen_by(other, from), t = mine.as_seen_by(other, to), id](auto& a, auto& way) {
    a.on_unlink(way, f, t, id);
  });
}
snow::pushed wired::untied(const snow::pid& from, const snow::pid& to, std::uint64_t id) {
  return there([f = mine.as_seen_by(other, from), t = mine.as_seen_by(other, to), id](auto& a, auto& way) {
    a.on_unlink_ack(way, f, t, id);
  });
}
snow::pushed wired::broken(const snow::pid& from, const snow::pid& to, const snow::reason& why) {
  return there([f = mine.as_seen_by(other, from), t = mine.as_seen_by(other, to), why](auto& a, auto& way) {
    a.on_broken(way, f, t, why);
  });
}

struct pair {
  side a{"a@127.0.0.1:1"};
  side b{"b@127.0.0.1:2"};
  snow::peer to_b{a, "b@127.0.0.1:2"};

  pair() {
    a.connect(b);
    b.connect(a);
    b.engine().start();
  }
  ~pair() {
    a.engine().stop();
    b.engine().stop();
    // What each handed to the other while it stopped.
    a.engine().first().turn(false);
    b.engine().first().turn(false);
  }
  pair(const pair&) = delete;
  /// Runs an actor of a's to its end; what it throws fails the test.
  template <auto F>
  void run() {
    std::promise<void> ended;
    using kept = typename snow::detail::callable<watched<F>>::kept;
    snow::start_actor(
        a.env(), snow::detail::make_launch<snow::detail::launch_of<watched<F>>>(a.env(), kept{this, &ended}),
        {});
    a.engine().start();
    ended.get_future().get();
  }
  template <auto F>
  static snow::actor watched(snow::context& self, pair* world, std::promise<void>* ended) {
    try {
      co_await F(self, *world);
      ended->set_value();
    } catch (...) {
      ended->set_exception(std::current_exception());
    }
  }
};

template <class Operation>
snow::task<snow::errc> failure_of(Operation op) {
  auto const r = co_await snow::as_result(std::move(op));
  co_return r ? snow::errc::normal : r.error().which();
}

// ---- the tests. No co_await inside CHECK: Catch looks at its expression twice, and GCC 12 awaits it twice.

snow::task<> spawns_and_asks(snow::context& self, pair& w) {
  auto const p = co_await w.to_b.spawn<adder>(30);
  CHECK(p.node != snow::this_node);
  {
    auto const got = co_await self.ask<question>(p, 12);
    CHECK(got == 42);
  }
  self.send<note>(p, 100);
  {
    auto const got = co_await self.ask<question>(p, 0);
    CHECK(got == 130);
  }
}
TEST_CASE("a remote actor is spawned, sent to and asked") {
  pair{}.run<spawns_and_asks>();
}

snow::task<> calls(snow::context&, pair& w) {
  {
    auto const got = co_await w.to_b.call<square>(12);
    CHECK(got == 144);
  }
  co_await w.to_b.call<ends_at_once>();
  std::string const what = "out of luck";
  auto const r = co_await snow::as_result(w.to_b.call<fails>(what));
  REQUIRE_FALSE(r);
  CHECK(r.error() == snow::errc::exception);
  CHECK(r.error().details().find("out of luck") != std::string::npos);
  CHECK(w.b.way().pending.close().callees.empty());
}
TEST_CASE("a remote call gives the function's value or its failure, and is over then [S-21]") {
  pair{}.run<calls>();
}

snow::task<> refused(snow::context&, pair& w) {
  {
    auto const got = co_await failure_of(w.to_b.spawn<unregistered>(1));
    CHECK(got == snow::errc::function_not_found);
  }
  {
    auto const got = co_await failure_of(w.to_b.spawn("arrivals_test::adder", "text"));
    CHECK(got == snow::errc::signature_mismatch);
  }
  {
    auto const got = co_await failure_of(w.to_b.spawn<square>(std::int64_t{1} << 40));
    CHECK(got == snow::errc::bad_arguments);
  }
  {
    auto const got = co_await failure_of(snow::peer{w.a, "c@127.0.0.1:3"}.spawn<adder>(1));
    CHECK(got == snow::errc::no_connection);
  }
  auto const by_name = co_await w.to_b.spawn("arrivals_test::adder", 1);
  CHECK(by_name);
}
TEST_CASE("a remote spawn that cannot be says why [S-16] [S-20]") {
  pair{}.run<refused>();
}

snow::task<> ordered(snow::context& self, pair& w) {
  for (int i = 0; i < 200; ++i) {
    bool told = false;
    auto const p = co_await w.to_b.spawn<tells_parent>();
    co_await self.receive([&](note) { told = true; });
    CHECK((told && p));
  }
}
TEST_CASE("a spawned actor's first signal to its parent comes after the spawn's reply [S-17]") {
  pair{}.run<ordered>();
}

snow::task<> monitored(snow::context& self, pair& w) {
  for (int i = 0; i < 200; ++i) {
    auto const m = co_await w.to_b.spawn_monitor<ends_at_once>();
    auto const d = co_await self.receive([](snow::down got) { return got; });
    CHECK(d.pid == m.pid);
    CHECK(d.monitor == m.monitor);
    CHECK(d.reason == snow::errc::normal);
  }
  auto const p = co_await w.to_b.spawn<waits>();
  auto const m = self.monitor(p);
  self.exit(p, "enough");
  co_await self.receive([&](snow::down d) {
    CHECK(d.monitor == m);
    CHECK(d.reason == snow::reason{"enough"});
  });
  self.monitor(p);
  co_await self.receive([&](snow::down d) { CHECK(d.reason == snow::errc::no_process); });
  CHECK(w.a.way().pending.monitors() == 0);
}
TEST_CASE("a monitor is in place before the first instruction and yields one down [S-18] [S-22]") {
  pair{}.run<monitored>();
}

/// The reply to a linked spawn that nobody waits for any more, of a child that is linked.
snow::task<> unclaimed(snow::context& self, pair& w) {
  auto const p = co_await w.to_b.spawn<waits>();
  auto const m = self.monitor(p);
  self.link(p);
  w.a.way().pending.add(77, {.asker = self.id(), .kind = snow::request_kind::spawn, .linked = true});
  snow::run_on(w.a.engine().first(), [&w, p] { w.a.arrivals().on_started(w.a.way(), 77, p); });
  co_await self.receive([&](snow::down d) {
    CHECK(d.monitor == m);
    CHECK(d.reason == snow::errc::abandoned);
  });
}
TEST_CASE("a linked child that nobody takes is ended with abandoned [S-49] [S-50]") {
  pair{}.run<unclaimed>();
}

/// What a connection that has ended brought is still on its way when its process is unlinked.
snow::task<> unlinks_after_the_end(snow::context& self, pair& w) {
  self.trap_exits(true);
  auto const p = co_await w.to_b.spawn<waits>();
  w.a.arrivals().on_link(w.a.way(), p, self.id());
  w.a.disconnect();
  self.link(p);
  self.unlink(p);
  co_await self.receive([](snow::exit_signal) { CHECK(false); },
                        snow::after(std::chrono::milliseconds{5}, [] {}));
  self.link(p);
  co_await self.receive([](const snow::exit_signal& e) { CHECK(e.reason == snow::errc::no_connection); });
}
TEST_CASE("after unlink no exit comes by a connection that has ended [S-27]") {
  pair{}.run<unlinks_after_the_end>();
}

snow::task<> asks_the_dead(snow::context& self, pair& w) {
  auto const p = co_await w.to_b.spawn<ends_at_once>();
  auto const m = self.monitor(p);
  co_await self.receive([&](snow::down) {});
  {
    auto const got = co_await failure_of(self.ask<question>(p, 1));
    CHECK(got == snow::errc::no_process);
  }
  auto const q = co_await w.to_b.spawn<waits>();
  self.send_after<note>(std::chrono::milliseconds{1}, q, 1);
  {
    auto const got = co_await failure_of(self.ask<question>(q, 1));
    CHECK(got != snow::errc::timed_out);
  }
  CHECK(m.pid == p);
  CHECK(w.a.way().pending.requests() == 0);
}
TEST_CASE("an ask of one that is gone, or ends, fails at once [S-11]") {
  pair{}.run<asks_the_dead>();
}

snow::task<> loses_connection(snow::context& self, pair& w) {
  auto const p = co_await w.to_b.spawn<waits>();
  self.monitor(p);
  auto cut = [&] { w.a.disconnect(); };
  auto asked = self.ask<question>(p, 1);
  co_await self.blocking(cut);
  {
    auto const got = co_await failure_of(std::move(asked));
    CHECK(got == snow::errc::no_connection);
  }
  co_await self.receive([&](snow::down d) { CHECK(d.reason == snow::errc::no_connection); });
  self.monitor(p);
  co_await self.receive([&](snow::down d) { CHECK(d.reason == snow::errc::no_connection); });
  {
    auto const got = co_await failure_of(w.to_b.call<square>(1));
    CHECK(got == snow::errc::no_connection);
  }
}
TEST_CASE("what waits at a session's end gets no_connection, once [S-68]") {
  pair{}.run<loses_connection>();
}

snow::task<> gives_up(snow::context& self, pair& w) {
  auto const before = w.b.env().living.load();
  auto const got = co_await failure_of(w.to_b.call<waits>().within(std::chrono::milliseconds{20}));
  CHECK(got == snow::errc::timed_out);
  // The callee's end is told after it.
  while (w.b.env().living.load() != before || w.a.way().pending.requests() != 0)
    co_await self.sleep_for(std::chrono::milliseconds{1});
}
TEST_CASE("a call that is given up ends its callee [S-19] [S-49]") {
  pair{}.run<gives_up>();
}

snow::task<> gives_up_a_monitored_spawn(snow::context& self, pair& w) {
  auto const child = co_await w.to_b.spawn<waits>();
  snow::reply_path asked;
  w.a.way().swallow = [&](const snow::reply_path& p) { asked = p; };
  auto const got = co_await failure_of(w.to_b.spawn_monitor<waits>().within(std::chrono::milliseconds{1}));
  CHECK(got == snow::errc::timed_out);
  // It has started all the same.
  w.b.way().pending.add_incoming({w.a.as_seen_by(w.b, self.id()), asked.request, w.a.as_seen_by(w.b, child)});
  snow::run_on(w.a.engine().first(), [&] { w.a.arrivals().on_started(w.a.way(), asked.request, child); });
  while (w.b.way().pending.monitors() != 0) co_await self.sleep_for(std::chrono::milliseconds{1});
  CHECK(w.a.way().pending.monitors() == 0);
}
TEST_CASE("a monitored spawn that is given up, and starts, leaves no monitor behind [S-19]") {
  pair{}.run<gives_up_a_monitored_spawn>();
}

snow::task<> asks_in_another_shape(snow::context& self, pair& w) {
  auto const p = co_await w.to_b.spawn<adder>(1);
  w.a.way().reshapes = true;
  auto const why = co_await failure_of(self.ask<question>(p, 1));
  CHECK(why == snow::errc::signature_mismatch);
  w.a.way().reshapes = false;
  auto const sum = co_await self.ask<question>(p, 1);
  CHECK(sum == 2);
}
TEST_CASE("an ask whose type has another shape fails with that at once, and the actor goes on [S-8] [S-66]") {
  pair{}.run<asks_in_another_shape>();
}

snow::task<> is_lied_to(snow::context& self, pair& w) {
  auto const p = co_await w.to_b.spawn<waits>();
  auto const key = snow::type_key_of<int>;
  auto& way = w.a.way();
  way.swallow = [&](const snow::reply_path& asked) {
    way.lie({asked.asker, asked.request, asked.token + 1}, key, 1);
    way.lie({asked.asker, asked.request, 0}, key, 2);
    way.lie({asked.asker, asked.request + 1, asked.token}, key, 3);
    way.lie(asked, key, 4);
    way.lie(asked, key, 5);
  };
  auto const answer = co_await self.ask<question>(p, 1);
  CHECK(answer == 4);
  way.swallow = [&](const snow::reply_path& asked) { way.lie(asked, snow::type_key_of<bool>, 1); };
  auto const other_type = co_await failure_of(self.ask<question>(p, 1));
  CHECK(other_type == snow::errc::signature_mismatch);
  way.swallow = [&](const snow::reply_path& asked) { way.lie(asked, snow::type_key_of<snow::pid>, 1); };
  auto const started = co_await failure_of(w.to_b.spawn<waits>().within(std::chrono::milliseconds{20}));
  CHECK(started == snow::errc::timed_out);
}
TEST_CASE("a reply with a wrong token, type or kind never yields a value [S-51]") {
  pair{}.run<is_lied_to>();
}

snow::actor hands_on(snow::context& self, snow::pid to) {
  co_await self.receive([&](question, snow::reply_to<int> back) { self.send<errand>(to, std::move(back)); });
}
snow::task<> asks_around(snow::context& self, pair& w) {
  auto const p = co_await w.to_b.spawn<runs_errands>();
  auto const near = self.spawn<hands_on>(p);
  auto const got = co_await self.ask<question>(near, 1);
  CHECK(got == 7);
}
TEST_CASE("the right to answer a question within a node may travel to another [S-52]") {
  pair{}.run<asks_around>();
}

}  // namespace arrivals_test
