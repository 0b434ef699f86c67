#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

// Links between actors of simulated nodes.

using namespace std::chrono_literals;

namespace links {

using snow::as_result;

struct go {};
struct here {
  snow::pid pid;
};

/// What the actors of a test have seen; they all run in its thread.
struct story {
  int starts = 0;
  std::vector<std::string> ends;   ///< of what `ends_noted` runs
  std::vector<std::string> exits;  ///< that were trapped, in their order
  bool good = true;
  bool over = false;
  int rounds = 0;  ///< of who goes on until something fails
};
story told;

void expect(bool good, const char* what) {
  if (good) return;
  told.good = false;
  UNSCOPED_INFO(what);
}

/// Of every test: nothing hangs on nobody.
void check_nothing_left(snow::testing::node& n) {
  auto const info = n->info();
  CHECK(info.actors.empty());
  for (auto const& s : info.sessions) {
    CHECK(s.links == 0);
    CHECK(s.monitors == 0);
    CHECK(s.pending_requests == 0);
  }
}

snow::actor ends_at_once(snow::context&) {
  co_return;
}
snow::actor fails_at_once(snow::context&) {
  throw std::runtime_error{"enough"};
  co_return;
}
snow::actor rests(snow::context& self) {
  ++told.starts;
  co_await self.receive([](go) {});
}
/// Links back and rests.
snow::actor links_to(snow::context& self, snow::pid other) {
  self.link(other);
  self.send<here>(self.parent(), self.id());
  co_await self.receive([](go) {});
}
/// Traps, and says what came.
snow::actor notes(snow::context& self, snow::pid other) {
  self.trap_exits(true);
  self.link(other);
  self.send<here>(self.parent(), self.id());
  for (bool more = true; more;)
    co_await self.receive([](const snow::exit_signal& e) { told.exits.push_back(e.reason.to_string()); },
                          [&](go) { more = false; });
}
snow::actor says_so_and_ends(snow::context& self) {
  self.exit(self.parent(), "on purpose");
  co_return;
}
SNOW_REGISTER(ends_at_once, fails_at_once, rests, links_to, notes, says_so_and_ends);

snow::task<snow::exit_signal> next_exit(snow::context& self) {
  co_return co_await self.receive([](snow::exit_signal e) { return e; },
                                  snow::after(1min, []() -> snow::exit_signal {
                                    expect(false, "an exit did not come");
                                    return {};
                                  }));
}
snow::task<> no_exit(snow::context& self) {
  co_await self.receive([](snow::exit_signal) { expect(false, "an exit that must not come"); },
                        snow::after(1s, [] {}));
}

/// Two nodes and an actor of the first, to its end.
template <auto F>
void run() {
  told = {};
  snow::testing::simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  auto const ran = a.spawn<F>(b.name());
  CHECK(sim.run_until_idle());
  CHECK(ran.exit_reason() == snow::errc::normal);
  CHECK(told.good);
  check_nothing_left(a);
  check_nothing_left(b);
}

// ---- who ends with whom

snow::actor spawns_linked(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  self.trap_exits(true);
  for (int i = 0; i < 20; ++i) {
    auto const p = co_await peer.spawn_link<ends_at_once>();
    auto const e = co_await next_exit(self);
    expect(e.pid == p && e.reason == snow::errc::normal, "a linked child ends at once");
    auto const q = co_await peer.spawn_link<fails_at_once>();
    auto const f = co_await next_exit(self);
    expect(f.pid == q && f.reason == snow::reason{snow::errc::exception, "enough"}, "a linked child throws");
  }
  auto const killed = co_await peer.spawn_link<rests>();
  self.exit(killed, snow::kill);
  auto const e = co_await next_exit(self);
  expect(e.pid == killed && e.reason == snow::errc::killed, "a linked child is killed");
  co_await no_exit(self);
}
snow::actor parent_that_ends(snow::context& self, std::string name, snow::reason why) {
  auto const peer = co_await self.node().connect(name);
  co_await peer.spawn_link<rests>();
  self.exit(self.id(), why);
  co_await self.sleep_for(1h);
}

snow::actor links_and_ends(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  for (bool const maker : {true, false}) {
    auto const p = co_await peer.spawn_monitor<rests>();
    auto const q = self.spawn_monitor<links_to>(p.pid);
    co_await self.receive([](here) {});
    co_await self.sleep_for(1s);
    self.exit(maker ? q.pid : p.pid, "enough");
    for (int i = 0; i < 2; ++i)
      co_await self.receive([](const snow::down& d) {
        expect(d.reason == snow::reason{"enough"}, "linked actors end for the same reason");
      });
  }
  // `normal` ends nobody.
  auto const p = co_await peer.spawn_monitor<rests>();
  auto const q = self.spawn_monitor<links_to>(p.pid);
  co_await self.receive([](here) {});
  co_await self.sleep_for(1s);
  self.send<go>(p.pid);
  co_await self.receive(
      [&](const snow::down& d) { expect(d.pid == p.pid && d.reason == snow::errc::normal, "normal"); });
  co_await self.receive([](const snow::down&) { expect(false, "normal ends nobody"); },
                        snow::after(1s, [] {}));
  self.send<go>(q.pid);
  co_await self.receive([&](const snow::down& d) { expect(d.pid == q.pid, "and the other one lives on"); });
}

// ---- nobody there

snow::actor links_to_the_dead(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  self.trap_exits(true);
  auto const gone = co_await peer.spawn_monitor<ends_at_once>();
  co_await self.receive([](const snow::down&) {});
  self.link(gone.pid);
  auto const e = co_await next_exit(self);
  expect(e.pid == gone.pid && e.reason == snow::errc::no_process, "a link to one that is gone");
  self.link(gone.pid);
  self.unlink(gone.pid);
  co_await no_exit(self);
  for (int i = 0; i < 3; ++i) self.link(gone.pid), self.unlink(gone.pid);
  self.link(gone.pid);
  co_await next_exit(self);
  co_await no_exit(self);

  self.node().disconnect(name);
  co_await self.sleep_for(1s);
  self.link(gone.pid);
  auto const f = co_await next_exit(self);
  expect(f.pid == gone.pid && f.reason == snow::errc::no_connection, "a link to a node out of reach");
  self.link(gone.pid);
  self.unlink(gone.pid);
  co_await no_exit(self);
}

// ---- once, and undone

snow::actor links_once(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  self.trap_exits(true);
  auto const p = co_await peer.spawn_link<rests>();
  for (int i = 0; i < 5; ++i) self.link(p);
  self.exit(p, "enough");
  auto const e = co_await next_exit(self);
  expect(e.pid == p && e.reason == snow::reason{"enough"}, "once");
  co_await no_exit(self);
}
snow::actor unlinks(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  self.trap_exits(true);
  for (int i = 0; i < 60; ++i) {
    auto const p = co_await peer.spawn_link<ends_at_once>();
    if (i % 3 == 1) co_await self.sleep_for(100us * i);
    if (i % 3 == 2) co_await self.sleep_for(1s);
    self.unlink(p);
    co_await no_exit(self);
  }
  // An exit by hand, of one that was linked, acts all the same.
  auto const p = co_await peer.spawn_link<says_so_and_ends>();
  co_await self.sleep_for(1s);
  self.unlink(p);
  auto const e = co_await next_exit(self);
  expect(e.pid == p && e.reason == snow::reason{"on purpose"}, "an exit by hand");
  co_await no_exit(self);
}
snow::actor links_again(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  self.trap_exits(true);
  auto const p = co_await peer.spawn_link<rests>();
  for (int i = 0; i < 50; ++i) {
    self.unlink(p);
    if (i % 7 == 0) co_await self.sleep_for(100us * i);
    self.link(p);
    if (i % 5 == 0) co_await self.sleep_for(100us * i);
  }
  self.exit(p, "enough");
  auto const e = co_await next_exit(self);
  expect(e.pid == p && e.reason == snow::reason{"enough"}, "a link that was made again");
  co_await no_exit(self);
}

// ---- connections that end

snow::actor linked_for_long(snow::context& self, std::string name) {
  self.trap_exits(true);
  auto const peer = co_await self.node().connect(name);
  auto const p = co_await peer.spawn_link<notes>(self.id());
  co_await self.receive([](here) {});
  co_await self.receive([&](const snow::exit_signal& e) {
    expect(e.pid == p && e.reason == snow::errc::no_connection, "the connection ends");
  });
  co_await self.receive([](const snow::exit_signal&) { expect(false, "twice"); }, snow::after(1min, [] {}));
  auto const again = co_await self.node().connect(name);
  self.link(p);
  self.exit(p, snow::kill);
  auto const e = co_await next_exit(self);
  expect(e.pid == p && (e.reason == snow::errc::killed || e.reason == snow::errc::no_process), "again");
  co_await no_exit(self);
  told.over = true;
}

snow::actor gives_up(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  auto starting = peer.spawn_link<rests>().within(20ms);
  auto const r = co_await as_result(std::move(starting));
  expect(!r && r.error() == snow::errc::timed_out, "a linked spawn times out");
  co_await self.sleep_for(10s);
}
snow::actor dies_meanwhile(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  self.exit(self.id(), "enough");
  co_await peer.spawn_link<rests>();
  expect(false, "it has ended");
}

snow::actor links_too_many(snow::context& self, std::string name) {
  self.trap_exits(true);
  auto const peer = co_await self.node().connect(name);
  std::vector<snow::pid> all;
  for (int i = 0; i < 6; ++i) {
    auto const p = co_await peer.spawn<rests>();
    all.push_back(p);
  }
  for (auto const& p : all) self.link(p);
  for (int i = 0; i < 2; ++i) {
    auto const e = co_await next_exit(self);
    expect(e.reason == snow::errc::overloaded, "more links than may be");
  }
  co_await no_exit(self);
  auto const r = co_await as_result(peer.spawn_link<rests>());
  expect(!r && r.error() == snow::errc::overloaded, "a linked child too many");
  self.unlink(all[0]);
  co_await self.sleep_for(1s);
  self.link(all[5]);
  for (auto const& p : all) self.exit(p, "enough");
  for (int i = 0; i < 4; ++i) {
    auto const e = co_await next_exit(self);
    expect(e.reason == snow::reason{"enough"}, "those that are linked");
  }
  co_await no_exit(self);
}

TEST_CASE("a linked child on another node is told of, though it ends at once", "[S-18][S-28][S-45]") {
  links::run<links::spawns_linked>();
}
TEST_CASE("linked actors of two nodes end together, but not normally", "[S-28][S-71]") {
  links::run<links::links_and_ends>();
}
TEST_CASE("a link to one that is gone, or out of reach, is an exit that says so", "[S-71]") {
  links::run<links::links_to_the_dead>();
}
TEST_CASE("a link between two nodes is one, however often it is made", "[S-26]") {
  links::run<links::links_once>();
}
TEST_CASE("after unlink no exit of that link comes from another node, but what is said on purpose",
          "[S-27][S-46]") {
  links::run<links::unlinks>();
}
TEST_CASE("a link between two nodes that is undone and made again acts", "[S-27][S-47]") {
  links::run<links::links_again>();
}
TEST_CASE("a child on another node ends with its parent", "[S-28]") {
  links::told = {};
  snow::testing::simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  a.spawn<links::parent_that_ends>(b.name(), "enough");
  CHECK(sim.run_until_idle());
  CHECK(links::told.starts == 1);
  links::check_nothing_left(a);
  links::check_nothing_left(b);
}
TEST_CASE("both ends are told, once, when their connection ends, and may link again", "[S-25][S-71]") {
  for (bool const silent : {true, false}) {
    links::told = {};
    snow::testing::simulation sim;
    auto &a = sim.node("a"), &b = sim.node("b");
    a.spawn<links::linked_for_long>(b.name());
    sim.run_for(5s);
    if (silent)
      sim.lose("a", "b");
    else
      sim.reset("a", "b");
    CHECK(sim.run_until([] { return links::told.over; }, 5min));
    CHECK(links::told.good);
    CHECK(links::told.exits == std::vector<std::string>{"no_connection"});
    CHECK(sim.run_until_idle());
    links::check_nothing_left(a);
    links::check_nothing_left(b);
  }
}
TEST_CASE("a child whose linked spawn was given up is ended, the answer being late", "[S-19][S-49]") {
  links::told = {};
  snow::testing::simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  sim.weather("b", "a").latency_least = sim.weather("b", "a").latency_most = 100ms;
  a.spawn<links::gives_up>(b.name());
  sim.run_for(5s);
  CHECK(links::told.good);
  CHECK(links::told.starts == 1);
  CHECK(b->info().actors.empty());
  CHECK(sim.run_until_idle());
  links::check_nothing_left(a);
  links::check_nothing_left(b);
}
TEST_CASE("a caller that ends before its linked spawn is answered takes the child along", "[S-19][S-50]") {
  links::told = {};
  snow::testing::simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  auto const caller = a.spawn<links::dies_meanwhile>(b.name());
  CHECK(sim.run_until_idle());
  CHECK(caller.exit_reason() == snow::reason{"enough"});
  CHECK(links::told.good);
  CHECK(links::told.starts == 1);
  links::check_nothing_left(a);
  links::check_nothing_left(b);
}
TEST_CASE("links beyond the limit of a session are refused with overloaded", "[S-36][S-71]") {
  links::told = {};
  snow::testing::simulation sim{{.node = {.limits = {.links_and_monitors = 4}}}};
  auto &a = sim.node("a"), &b = sim.node("b");
  auto const ran = a.spawn<links::links_too_many>(b.name());
  CHECK(sim.run_until_idle());
  CHECK(ran.exit_reason() == snow::errc::normal);
  CHECK(links::told.good);
  CHECK(a->info().sessions.at(0).links == 0);
}

}  // namespace links
