#include <string>
#include <string_view>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

namespace faulty {

using namespace std::chrono_literals;
using snow::as_result;

/// How an attempt to connect ended, and when.
struct attempt {
  std::string how;
  snow::duration when{};
};

snow::actor connects(snow::context& self, std::string name, snow::duration within,
                     snow::testing::simulation* sim, attempt* t) {
  auto connecting = self.node().connect(name).within(within);
  auto const peer = co_await as_result(std::move(connecting));
  t->how = to_string(peer ? snow::errc::normal : peer.error().which());
  t->when = sim->now();
}

snow::actor sleeps(snow::context& self, snow::duration d) {
  co_await self.sleep_for(d);
}

/// Writes down what becomes of a node.
snow::actor watches(snow::context& self, std::string name, std::vector<std::string>* seen) {
  self.monitor_node(name);
  for (;;)
    co_await self.receive(
        [&](snow::node_up) { seen->push_back("up"); },
        [&](snow::node_down d) { seen->push_back(std::string{to_string(d.reason.code())}); });
}

namespace {

using namespace std::chrono_literals;
using snow::testing::simulation;

attempt try_to_connect(simulation& sim, snow::testing::node& from, const std::string& to,
                       snow::duration within) {
  attempt t;
  from.spawn<connects>(to, within, &sim, &t);
  CHECK(sim.run_until([&] { return !t.how.empty(); }));
  return t;
}

}  // namespace

TEST_CASE("a connect that nobody answers ends by its deadline, and others by other ways do not [S-35]") {
  simulation sim{{.seed = 3}};
  auto &a = sim.node("a"), &b = sim.node("b");
  sim.weather("a", "b").hang_one_in = 1;
  auto const in_vain = try_to_connect(sim, a, b.name(), 12s);
  CHECK(in_vain.how == "timed_out");
  CHECK(in_vain.when > 11s);
  CHECK(in_vain.when < 13s);
  CHECK(try_to_connect(sim, b, a.name(), 1s).how == "normal");
}

TEST_CASE("a connect that hangs is given up for another one, which comes through") {
  simulation sim{{.seed = 4}};
  auto &a = sim.node("a"), &b = sim.node("b");
  sim.weather("a", "b").hang_one_in = 1;
  attempt t;
  a.spawn<connects>(b.name(), 20s, &sim, &t);
  sim.run_for(1s);
  sim.calm("a", "b");
  CHECK(sim.run_until([&] { return !t.how.empty(); }));
  CHECK(t.how == "normal");
  CHECK(t.when > 5s);  // limits::handshake
  CHECK(t.when < 7s);
}

TEST_CASE("a connect across a partition waits, and comes through once it is healed") {
  simulation sim{{.seed = 5}};
  auto &a = sim.node("a"), &b = sim.node("b");
  sim.partition({"a"}, {"b"});
  attempt t;
  a.spawn<connects>(b.name(), 20s, &sim, &t);
  sim.run_for(2s);
  CHECK(t.how.empty());
  sim.heal();
  CHECK(sim.run_until([&] { return !t.how.empty(); }));
  CHECK(t.how == "normal");
  CHECK(t.when < 4s);
}

TEST_CASE("a clock that runs fast wakes early by true time, a slow one late [S-15]") {
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  sim.drift("a", 100'000);
  sim.drift("b", -100'000);
  auto const fast = a.spawn<sleeps>(11s), slow = b.spawn<sleeps>(9s);
  sim.run_for(9'990ms);
  CHECK(!fast.has_ended());
  CHECK(!slow.has_ended());
  sim.run_for(20ms);
  CHECK(fast.has_ended());
  CHECK(slow.has_ended());
  sim.heal();
  auto const true_now = a.spawn<sleeps>(10s);
  sim.run_for(9'990ms);
  CHECK(!true_now.has_ended());
  sim.run_for(20ms);
  CHECK(true_now.has_ended());
}

TEST_CASE("a clock that runs fast or slow by a twentieth loses no peer [S-57]") {
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  std::vector<std::string> seen;
  a.spawn<watches>(b.name(), &seen);
  sim.drift("a", 50'000);
  sim.drift("b", -50'000);
  CHECK(try_to_connect(sim, a, b.name(), 1s).how == "normal");
  sim.run_for(10min);
  CHECK(seen == std::vector<std::string>{"up"});
}

TEST_CASE("a second node of a name is told so, and the first keeps its connections [S-29][S-56]") {
  simulation sim{{.seed = 6}};
  auto &a = sim.node("a"), &b = sim.node("b"), &c = sim.node("c");
  std::vector<std::string> of_b, of_c;
  a.spawn<watches>(b.name(), &of_b);
  c.spawn<watches>(b.name(), &of_c);
  CHECK(try_to_connect(sim, a, b.name(), 1s).how == "normal");
  CHECK(try_to_connect(sim, b, c.name(), 1s).how == "normal");
  auto& twin = sim.twin("b");
  // Who opens the connection, since its name is smaller, is told at once; who was opened for, a moment later.
  CHECK(try_to_connect(sim, twin, a.name(), 5s).how == "name_in_use");
  std::vector<std::string> of_twin;
  twin.spawn<watches>(c.name(), &of_twin);
  CHECK(try_to_connect(sim, twin, c.name(), 5s).how == "normal");
  sim.run_for(1min);
  CHECK(of_twin == std::vector<std::string>{"up", "name_in_use"});
  CHECK(of_b == std::vector<std::string>{"up"});
  CHECK(of_c == std::vector<std::string>{"up"});
  CHECK(twin->peers().empty());
}

TEST_CASE(
    "a second node of a name takes the place of the first that is gone, and gives it back [S-30][S-57]") {
  simulation sim{{.seed = 7}};
  auto &a = sim.node("a"), &b = sim.node("b");
  std::vector<std::string> seen;
  a.spawn<watches>(b.name(), &seen);
  CHECK(try_to_connect(sim, b, a.name(), 1s).how == "normal");
  sim.power_off("b");
  auto& twin = sim.twin("b");
  CHECK(try_to_connect(sim, twin, a.name(), 5s).how == "normal");
  sim.restart("b");
  CHECK(try_to_connect(sim, b, a.name(), 5s).how == "name_in_use");
  sim.crash(sim.twin_of("b"));
  CHECK(try_to_connect(sim, b, a.name(), 15s).how == "normal");
  sim.run_for(1min);
  CHECK(seen == std::vector<std::string>{"up", "timed_out", "up", "no_connection", "up"});
}

TEST_CASE("what is said goes through whoever tampers with it, on new connections alone") {
  simulation sim{{.seed = 8}};
  auto &a = sim.node("a"), &b = sim.node("b");
  std::size_t bytes = 0;
  sim.tamper("a", "b", [&] { return [&](std::vector<std::byte>& said) { bytes += said.size(); }; });
  CHECK(try_to_connect(sim, a, b.name(), 1s).how == "normal");
  CHECK(bytes > 100);
  sim.heal();
  sim.reset("a", "b");
  sim.run_for(1s);
  auto const before = bytes;
  CHECK(try_to_connect(sim, a, b.name(), 5s).how == "normal");
  CHECK(bytes == before);
}

TEST_CASE("a piece that is late holds up those behind it, and nothing overtakes it [S-1]") {
  simulation sim{{.seed = 9}};
  auto &a = sim.node("a"), &b = sim.node("b");
  auto& w = sim.weather("b", "a");
  w.latency_least = w.late_most = 300ms;
  w.late_one_in = 1;
  auto const t = try_to_connect(sim, a, b.name(), 5s);
  CHECK(t.how == "normal");
  CHECK(t.when > 900ms);  // the connection itself, HELLO, PROOF
}

}  // namespace faulty
