#include "snow/testing.hpp"

#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "support/catch.hpp"

namespace simulated {

struct add {
  using reply_type = std::uint64_t;
  std::uint64_t more = 0;
};

snow::actor counter(snow::context& self, std::uint64_t start) {
  for (;;) co_await self.receive([&](add a) { return start += a.more; });
}
SNOW_REGISTER(counter);

/// Counts on another node, once in 100 ms, until an ask fails: that is how it ends.
snow::actor client(snow::context& self, std::string there, std::uint64_t* counted) {
  auto const peer = co_await self.node().connect(there);
  auto const made = co_await peer.spawn<counter>(0);
  for (;;) {
    auto asked = co_await snow::as_result(self.ask<add>(made, 1));
    if (asked)
      *counted = *asked;
    else
      self.exit(self.id(), asked.error().which());
    co_await self.sleep_for(std::chrono::milliseconds{100});
  }
}

/// Watches that node, and ends.
snow::actor glances(snow::context& self, std::string there) {
  co_await self.node().connect(there);
  self.monitor_node(there);
}

snow::actor ends_at_once(snow::context&) {
  co_return;
}

namespace {

using namespace std::chrono_literals;
using simulated::client;
using snow::testing::simulation;

}  // namespace

TEST_CASE("a count goes on until a partition, and whoever waits is told [S-11]") {
  simulation sim{{.seed = 7}};
  auto &a = sim.node("a"), &b = sim.node("b");
  std::uint64_t counted = 0;
  auto const counts = a.spawn<client>(b.name(), &counted);
  sim.run_for(1s);
  CHECK(counted >= 8);
  CHECK(counted <= 10);
  CHECK(!counts.has_ended());
  sim.partition({"a"}, {"b"});
  CHECK(sim.run_until_idle());
  CHECK(counts.exit_reason() == snow::errc::timed_out);
}

TEST_CASE("a simulation repeats itself, and another seed does something else [S-70]") {
  auto const run = [](std::uint64_t seed) {
    simulation sim{{.seed = seed}};
    auto &a = sim.node("a"), &b = sim.node("b");
    std::uint64_t counted = 0;
    auto const counts = a.spawn<client>(b.name(), &counted);
    sim.run_for(1s);
    sim.crash("b");
    sim.run_until_idle();
    CHECK(counts.exit_reason() == snow::errc::no_connection);
    return sim.trace_hash();
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("a simulation may end at any moment, also while nodes connect") {
  for (int steps = 0; steps < 120; ++steps) {
    simulation sim{{.seed = 5}};
    auto &a = sim.node("a"), &b = sim.node("b");
    std::uint64_t counted = 0;
    a.spawn<client>(b.name(), &counted);
    b.spawn<client>(a.name(), &counted);
    for (int i = 0; i < steps; ++i) sim.step();
  }
}

TEST_CASE("how an actor ended is known, also of one that ends before the other worker has begun") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    simulation sim{{.seed = seed, .node = {.workers = 2}}};
    auto const spawned = sim.node("a").spawn<simulated::ends_at_once>();
    CHECK(sim.run_until_idle());
    CHECK(spawned.exit_reason() == snow::errc::normal);
  }
}

TEST_CASE("who watched a node and has ended is forgotten, though nothing happens to the node [S-25]") {
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  for (int i = 0; i < 3; ++i) a.spawn<simulated::glances>(b.name());
  CHECK(sim.run_until_idle());
  REQUIRE(a->info().sessions.size() == 1);
  CHECK(a->info().sessions[0].monitors == 0);
}

}  // namespace simulated
