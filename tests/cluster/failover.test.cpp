#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/cluster/supervisor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

// Supervised children on other nodes of a simulation, while these are lost and come back.

using namespace std::chrono_literals;
using snow::errc;

namespace failover {

/// From the last sign of life to the moment at which a node gives another one up, at most.
constexpr snow::duration noticing = snow::limits{}.heartbeat * (snow::limits{}.missed_heartbeats + 1);

struct life {
  std::string node;
  snow::epoch epoch;
  snow::duration from, to = snow::duration::max();
};
snow::testing::simulation* now_running = nullptr;
std::vector<life> lives;

class note {
 public:
  note(snow::context& self, snow::epoch e) : number_{lives.size()} {
    lives.push_back({self.node().name(), e, now_running->now()});
  }
  note(const note&) = delete;
  ~note() { lives[number_].to = now_running->now(); }

 private:
  std::size_t number_;
};

struct leave {};

snow::actor child(snow::context& self, snow::epoch e, std::int64_t) {
  note const life{self, e};
  co_await self.receive([](leave) {});
}
/// One that traps exits must see to it itself.
snow::actor trapping(snow::context& self, snow::epoch e) {
  note const life{self, e};
  self.trap_exits(true);
  for (bool more = true; more;)
    co_await self.receive([&](const snow::exit_signal& s) { more = s.pid != self.parent(); });
}
SNOW_REGISTER(child, trapping);

/// Is the parent of a supervisor until it is told to leave.
snow::actor owner(snow::context& self, snow::supervision what) {
  self.trap_exits(true);
  auto const sup = self.spawn_link<snow::supervisor>(what);
  for (bool more = true; more;)
    co_await self.receive([&](leave) { self.exit(sup, errc::shutdown); },
                          [&](const snow::exit_signal& e) { more = e.pid != sup; });
}

struct stage {
  snow::testing::simulation sim;
  snow::testing::node &a = sim.node("a"), &b = sim.node("b"), &c = sim.node("c");
  std::optional<snow::testing::spawned> parent;

  stage() {
    now_running = &sim;
    lives.clear();
  }
  snow::child_spec spec() {
    return {.id = "child",
            .start = snow::start<child>(7),
            .nodes = {b.name(), c.name()},
            .failover_delay = noticing};
  }
  void supervise(snow::child_spec what, std::uint32_t intensity = 100) {
    snow::supervision all{.intensity = intensity, .children = {what}};
    parent.emplace(a.spawn<owner>(all));
    sim.run_for(1s);
    REQUIRE(lives.size() == 1);
    CHECK(lives[0].node == b.name());
  }
  bool moved() { return lives.size() > 1 && lives.back().node == c.name(); }
  bool alive() { return lives.back().to == snow::duration::max(); }
  /// So long did two live at once.
  static snow::duration overlap() {
    snow::duration most{};
    for (std::size_t i = 0; i + 1 < lives.size(); ++i) most = std::max(most, lives[i].to - lives[i + 1].from);
    return most;
  }
  static bool epochs_grow() {
    return std::is_sorted(lives.begin(), lives.end(), [](auto& x, auto& y) { return x.epoch <= y.epoch; }) ||
           lives.size() < 2;
  }
  /// Ends it all: nothing is left anywhere.
  void finish() {
    a->send<leave>(*parent);
    sim.run_for(1min);
    CHECK(sim.run_until_idle());
    CHECK(parent->has_ended());
    for (auto* n : {&a, &b, &c})
      if (n->is_running()) {
        auto const info = (*n)->info();
        CHECK(info.actors.empty());
        for (auto const& s : info.sessions) CHECK((s.links == 0 && s.monitors == 0));
      }
    CHECK(epochs_grow());
  }
};

TEST_CASE("a child moves to the next node when its node is gone, not before its delay", "[S-116][S-117]") {
  for (bool const silently : {false, true}) {
    stage s;
    auto what = s.spec();
    what.failover_delay = 2s;
    s.supervise(what);
    auto const lost = s.sim.now();
    if (silently)
      s.sim.power_off("b");
    else
      s.sim.crash("b");
    CHECK(s.sim.run_until([&] { return s.moved(); }, 1min));
    auto const took = lives[1].from - lost;
    CHECK(took >= 2s);
    CHECK(took < (silently ? 2s + noticing : snow::duration{2s}) + 1s);
    // It does not move back.
    s.sim.restart("b");
    s.sim.run_for(1min);
    CHECK(lives.size() == 2);
    s.finish();
  }
}

TEST_CASE("a child moves when its node takes its leave, a transient one as well", "[S-116]") {
  stage s;
  auto what = s.spec();
  what.restart = snow::restart::transient;
  s.supervise(what);
  s.sim.stop("b");
  CHECK(s.sim.run_until([&] { return s.moved(); }, 1min));
  s.finish();
}

TEST_CASE("a child that ends by itself starts again on the same node", "[S-116]") {
  stage s;
  s.supervise(s.spec());
  auto const mine = s.b->actors().at(0).pid;
  s.b->send<leave>(mine);
  s.sim.run_for(1s);
  CHECK(lives.size() == 2);
  CHECK(lives[1].node == s.b.name());
  s.finish();
}

TEST_CASE("the supervisor's own node may be among those of a child", "[S-116]") {
  stage s;
  auto what = s.spec();
  what.nodes[1] = s.a.name();
  s.supervise(what);
  s.sim.crash("b");
  CHECK(s.sim.run_until([] { return lives.size() == 2; }, 1min));
  CHECK(lives[1].node == s.a.name());
  s.finish();
}

TEST_CASE("in a partition the old child has ended before the new one starts", "[S-116][S-118]") {
  for (bool const traps : {false, true})
    for (int way = 0; way < 3; ++way) {
      stage s;
      auto what = s.spec();
      if (traps) what.start = snow::start<trapping>();
      s.supervise(what);
      s.sim.run_for(std::chrono::milliseconds{1700 * way});
      if (way == 0) s.sim.partition({"b"}, {"a", "c"});
      if (way == 1) s.sim.cut({"b"}, {"a"});
      if (way == 2) s.sim.cut({"a"}, {"b"});
      CHECK(s.sim.run_until([&] { return s.moved(); }, 2min));
      CHECK(s.overlap() <= 0s);
      s.sim.heal();
      s.sim.run_for(1min);
      CHECK(lives.size() == 2);
      CHECK(s.alive());
      s.finish();
    }
}

TEST_CASE("with a shorter delay two may live at once, no longer than the old node needs to notice",
          "[S-118]") {
  for (int way = 0; way < 4; ++way) {
    stage s;
    auto what = s.spec();
    what.failover_delay = {};
    s.supervise(what);
    s.sim.run_for(std::chrono::milliseconds{1300 * way});
    s.sim.cut({"a"}, {"b"});
    s.sim.run_for(std::chrono::milliseconds{1100 * way});
    s.sim.cut({"b"}, {"a"});
    CHECK(s.sim.run_until([&] { return s.moved(); }, 2min));
    s.sim.run_for(2 * noticing);
    CHECK(s.overlap() <= noticing);
    s.finish();
  }
}

TEST_CASE("a child on a node that was paused is given up, and ends once it goes on", "[S-117][S-118]") {
  for (bool const heals_first : {false, true}) {
    stage s;
    s.supervise(s.spec());
    s.sim.pause("b");
    CHECK(s.sim.run_until([&] { return s.moved(); }, 2min));
    CHECK(lives[0].to == snow::duration::max());  // it does nothing, and is there
    CHECK(lives[0].epoch < lives[1].epoch);
    if (!heals_first) s.sim.partition({"a", "c"}, {"b"});
    auto const resumed = s.sim.now();
    s.sim.resume("b");
    s.sim.run_for(2 * noticing);
    CHECK(lives[0].to - resumed <= noticing);
    s.sim.heal();
    s.sim.run_for(1min);
    CHECK(lives.size() == 2);
    s.finish();
  }
}

TEST_CASE("after a new connection to its node no old child runs", "[S-118]") {
  for (int way = 0; way < 8; ++way) {
    stage s;
    auto what = s.spec();
    what.nodes = {s.b.name()};  // it comes back to the same node
    what.failover_delay = {};
    s.supervise(what);
    s.sim.run_for(std::chrono::milliseconds{700 * way});
    if (way % 2 == 0) s.sim.lose("a", "b");
    if (way % 2 == 1) s.sim.reset("a", "b");
    CHECK(s.sim.run_until([] { return lives.size() >= 2; }, 2min));
    CHECK(s.overlap() <= 0s);
    s.sim.run_for(1min);
    CHECK(s.overlap() <= 0s);
    s.finish();
  }
}

TEST_CASE("a node that was started again gets its child back, with a greater epoch", "[S-116][S-117]") {
  stage s;
  auto what = s.spec();
  what.nodes = {s.b.name()};
  what.failover_delay = 100ms;
  s.supervise(what);
  for (int i = 0; i < 5; ++i) {
    auto const before = lives.size();
    s.sim.restart("b");
    CHECK(s.sim.run_until([&] { return lives.size() > before; }, 1min));
  }
  s.finish();
}

TEST_CASE("while no node can take a child, its supervisor goes on trying, or gives up", "[S-112][S-116]") {
  SECTION("it goes on") {
    stage s;
    auto what = s.spec();
    what.failover_delay = 1s;
    s.supervise(what, 10);
    s.sim.partition({"a"}, {"b", "c"});
    s.sim.run_for(10min);
    CHECK(lives.size() == 1);
    CHECK(!s.parent->has_ended());
    s.sim.heal();
    CHECK(s.sim.run_until([] { return lives.size() == 2; }, 1min));
    s.finish();
  }
  SECTION("it gives up") {
    stage s;
    s.supervise(s.spec(), 0);
    s.sim.partition({"a"}, {"b", "c"});
    CHECK(s.sim.run_until([&] { return s.parent->has_ended(); }, 2min));
    s.sim.heal();
    s.finish();
  }
}

TEST_CASE("the first start tries each node", "[S-116]") {
  stage s;
  s.sim.crash("b");
  auto what = s.spec();
  what.failover_delay = 1s;
  snow::supervision all{.children = {what}};
  s.parent.emplace(s.a.spawn<owner>(all));
  s.sim.run_for(20s);
  REQUIRE(lives.size() == 1);
  CHECK(lives[0].node == s.c.name());
  s.finish();
}

TEST_CASE("a supervisor that ends while its child's node is away leaves nothing", "[S-119]") {
  stage s;
  s.supervise(s.spec());
  s.sim.partition({"a"}, {"b", "c"});
  s.sim.run_for(1s);
  s.a->send<leave>(*s.parent);
  s.sim.run_for(1min);
  CHECK(s.parent->has_ended());
  CHECK(!s.alive());
  s.sim.heal();
  s.finish();
}

}  // namespace failover
