#include "snow/cluster/global_names.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/cluster.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

namespace naming {

using namespace std::chrono_literals;

constexpr snow::name_terms terms{.ttl = 3s, .drift = 0.05, .limit = 1s};

struct quit {};
struct give_up {};

snow::actor connects(snow::context& self, std::string name) {
  auto connecting = self.node().connect(name).within(1min);
  [[maybe_unused]] auto const connected = co_await snow::as_result(std::move(connecting));
}
snow::actor starts_store(snow::context& self, snow::store_options o) {
  snow::start_store(self, o);
  co_return;
}
snow::actor ends_store(snow::context& self) {
  self.exit(self.whereis("snow.store"), snow::kill);
  co_return;
}

struct claim {
  snow::errc failed = snow::errc::normal;
  std::uint64_t epoch = 0;
  bool held = false;
  bool told = false;
  snow::duration told_at{};
  snow::pid owner;
  std::uint64_t owners_epoch = 0;
};

/// Has the name until it is told otherwise, and looks a hundred times a second whether it has it.
snow::actor holds(snow::context& self, std::string store, claim* c, snow::testing::simulation* sim) {
  snow::global_names names{self, std::make_shared<snow::embedded_store>(store), terms};
  try {
    auto const mine = co_await names.register_name("leader");
    c->epoch = mine.epoch();
    for (bool more = true; more;) {
      c->held = mine.is_held(self);
      co_await self.receive(
          [&](snow::name_lost l) {
            c->told = l.name == "leader" && l.epoch == mine.epoch();
            c->told_at = sim->now();
          },
          [&](give_up) { mine.release(self); }, [&](quit) { more = false; }, snow::after(10ms, [] {}));
    }
  } catch (const snow::error& e) {
    c->failed = e.which();
  }
}
snow::actor looks(snow::context& self, std::string store, claim* c) {
  snow::global_names names{self, std::make_shared<snow::embedded_store>(store), terms};
  try {
    auto const owner = co_await names.whereis("leader");
    c->owner = owner.pid;
    c->owners_epoch = owner.epoch;
  } catch (const snow::error& e) {
    c->failed = e.which();
  }
}

namespace {

using namespace std::chrono_literals;
using snow::testing::simulation;

/// Two nodes, and the store on a third.
struct cluster {
  simulation sim;
  std::uint64_t revision = 0;
  std::string store = "s@s:1";

  explicit cluster(std::uint64_t seed = 1) : sim{{.seed = seed}} {
    for (auto const* id : {"s", "a", "b"}) sim.node(id);
    open(true);
    for (auto const* id : {"a", "b"}) sim.node(id).spawn<connects>(store);
    sim.run_for(1s);
  }
  void open(bool first) {
    sim.node("s").spawn<starts_store>(
        snow::store_options{.longest = 3s, .first_revision = revision += 1'000'000, .first_start = first});
  }
  auto holder(const std::string& on, claim& c) { return sim.node(on).spawn<holds>(store, &c, &sim); }
  snow::pid owner() {
    claim c;
    sim.node("b").spawn<looks>(store, &c);
    sim.run_for(100ms);
    return c.owner;
  }
};

}  // namespace

TEST_CASE("a cluster-wide name has one holder, and everybody finds it [S-84]") {
  cluster c;
  claim first, second, third;
  auto const one = c.holder("a", first);
  c.sim.run_for(1s);
  CHECK(first.held);
  auto const two = c.holder("b", second);
  c.sim.run_for(1min);  // it is renewed
  CHECK(first.held);
  CHECK(two.has_ended());
  CHECK(second.failed == snow::errc::name_in_use);
  CHECK(c.owner());

  // Given up, it is free at once; and as the holder ends.
  c.sim.node("a")->send<give_up>(one.pid());
  c.sim.run_for(100ms);
  CHECK(!first.held);
  CHECK(!c.owner());
  c.holder("b", third);
  c.sim.run_for(100ms);
  CHECK(third.held);
  CHECK(third.epoch > first.epoch);
  CHECK(!first.told);
}

TEST_CASE(
    "the name of an actor that ends is free at once, of a node that is lost once its lease has run out "
    "[S-84]") {
  cluster c;
  claim first, second, third, fourth;
  auto const one = c.holder("a", first);
  c.sim.run_for(1s);
  c.sim.node("a")->send<quit>(one.pid());
  c.sim.run_for(100ms);
  c.holder("a", second);
  c.sim.run_for(100ms);
  CHECK(second.held);
  c.sim.power_off("a");
  c.holder("b", third);
  c.sim.run_for(100ms);
  CHECK(third.failed == snow::errc::name_in_use);
  c.sim.run_for(3s);
  c.holder("b", fourth);
  c.sim.run_for(100ms);
  CHECK(fourth.held);
  CHECK(fourth.epoch > second.epoch);
}

TEST_CASE(
    "who is cut off from the store loses the name, and is told, before another can have it [S-84][S-85]") {
  // Its clock is as slow, and the store's as fast, as the bound allows.
  bool const drifts = GENERATE(false, true);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    cluster c{seed};
    claim first;
    auto& answers = c.sim.weather("s", "a");
    answers.latency_least = answers.latency_most = 250ms;  // a lease counts from when it was asked for
    if (drifts) {
      c.sim.drift("a", -49'000);
      c.sim.drift("s", 49'000);
    }
    c.holder("a", first);
    c.sim.run_for(5s + std::chrono::milliseconds{137 * seed});
    CHECK(first.held);
    c.sim.partition({"a"}, {"s", "b"});
    std::vector<std::unique_ptr<claim>> tries;
    bool other = false;
    while (!other && c.sim.now() < 1min) {
      tries.push_back(std::make_unique<claim>());
      c.holder("b", *tries.back());
      c.sim.run_for(10ms);
      for (auto const& t : tries) other = other || t->held;
      INFO(seed);
      CHECK((!other || !first.held));
    }
    CHECK(other);
    CHECK(first.told);
    CHECK(first.told_at < c.sim.now());
    c.sim.heal();
    c.sim.run_for(1min);
    CHECK(!first.held);
  }
}

TEST_CASE("a holder that stands still longer than its lease does not hold it when it goes on [S-84][S-85]") {
  cluster c;
  claim first, second;
  c.holder("a", first);
  c.sim.run_for(1s);
  c.sim.pause("a");
  c.sim.run_for(4s);
  c.holder("b", second);
  c.sim.run_for(1s);
  CHECK(second.held);
  c.sim.resume("a");
  c.sim.run_for(11ms);
  CHECK(!first.held);
  c.sim.run_for(1s);
  CHECK(first.told);
  CHECK(second.held);
}

TEST_CASE(
    "without its store a name cannot be had nor found, and one that started again waits for the leases "
    "of before [S-86][S-87]") {
  cluster c;
  claim first, second, third, fourth;
  c.holder("a", first);
  c.sim.run_for(1s);
  c.sim.node("s").spawn<ends_store>();
  c.sim.run_for(10ms);
  c.holder("b", second);
  c.sim.run_for(100ms);
  CHECK(second.failed == snow::errc::no_process);
  c.open(false);
  c.sim.run_for(10ms);
  c.holder("b", third);
  c.sim.run_for(10ms);
  CHECK(third.failed == snow::errc::overloaded);
  CHECK(!c.owner());
  // Its lease is not known any more: it loses the name with its next renewal, while nobody can have it.
  c.sim.run_for(2800ms);
  CHECK(!first.held);
  CHECK(first.told);
  c.sim.run_for(100ms);
  c.holder("b", fourth);
  c.sim.run_for(100ms);
  CHECK(fourth.held);
  CHECK(fourth.epoch > first.epoch);
}

}  // namespace naming
