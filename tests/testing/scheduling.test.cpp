#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

// In which order actors have their turns, and how long a turn is.

namespace scheduling {

using namespace std::chrono_literals;

struct go {
  int n = 0;
};

snow::actor marks(snow::context& self, char name, std::string* order) {
  for (;;) co_await self.receive([&](go) { order->push_back(name); });
}

snow::actor wakes(snow::context& self, std::vector<snow::pid> all, int times) {
  for (int n = 0; n < times; ++n)
    for (auto const& each : all) self.send<go>(each, n);
  co_return;
}

/// The order in which five actors ran that were woken together.
std::string order_of(std::uint64_t seed, bool reorders, snow::tuning tuning = {}, int times = 1) {
  snow::testing::simulation sim{{.seed = seed, .pace = {.reorders = reorders}, .tuning = tuning}};
  auto& a = sim.node("a");
  std::string order;
  std::vector<snow::pid> all;
  for (char const name : std::string_view{"12345"}) all.push_back(a.spawn<marks>(name, &order).pid());
  sim.run_for(1s);
  a.spawn<wakes>(all, times);
  sim.run_for(1s);
  return order;
}

std::set<std::string> orders(bool reorders, snow::tuning tuning) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    auto const one = order_of(seed, reorders, tuning);
    CHECK(one == order_of(seed, reorders, tuning));
    CHECK(std::set<char>(one.begin(), one.end()).size() == 5);
    seen.insert(one);
  }
  return seen;
}

/// Of a template.
template <class T>
snow::actor instance(snow::context&) {
  co_return;
}

namespace {

constexpr snow::tuning one_actor_a_turn{.look_every = 1, .turn_length = {}};

}  // namespace

TEST_CASE(
    "actors that are ready run in the order in which they were woken, or in one that the seed draws [S-70]") {
  CHECK(orders(false, one_actor_a_turn).size() == 1);
  CHECK(orders(true, one_actor_a_turn).size() > 10);
}

TEST_CASE("an actor gives way after as many messages as its budget is") {
  auto const in_a_row = [](int budget) {
    auto const order = order_of(1, false, {.budget = budget}, 6);
    CHECK(order.size() == 30);
    std::size_t longest = 0, now = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      now = i != 0 && order[i] == order[i - 1] ? now + 1 : 1;
      longest = std::max(longest, now);
    }
    return longest;
  };
  CHECK(in_a_row(256) == 6);
  CHECK(in_a_row(1) < 6);
}

TEST_CASE("a history tells which actors started and ended, and why, in words that all compilers have") {
  std::vector<std::string> lines;
  std::string order;
  snow::testing::simulation sim;
  sim.trace().show([&](std::string_view l) {
    if (l.find(" actor ") != l.npos && l.find("scheduling::") != l.npos)
      lines.emplace_back(l.substr(l.find(' ') + 1));
  });
  auto& a = sim.node("a");
  auto const made = a.spawn<marks>('x', &order);
  sim.run_for(1s);
  CHECK(lines.size() == 1);
  a.spawn<wakes>(std::vector<snow::pid>{}, 1);
  sim.run_for(1s);
  auto const id = std::to_string(made.pid().slot) + "." + std::to_string(made.pid().generation);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "a actor " + id + " starts: scheduling::marks");
  CHECK(lines[1].ends_with(" starts: scheduling::wakes"));
  CHECK(lines[2].ends_with(" ends: scheduling::wakes, normal"));
  a.spawn<&instance<int>>();
  sim.run_for(1s);
  REQUIRE(lines.size() == 5);
  CHECK(lines[3].ends_with(" starts: scheduling::instance"));
}

snow::actor marks_time(snow::context& self, snow::testing::simulation* sim, std::vector<snow::duration>* at) {
  for (;;) {
    co_await self.sleep_for(10ms);
    at->push_back(sim->now());
  }
}

TEST_CASE("a worker that is held up does not hold up another one") {
  snow::testing::simulation sim{{.node = {.workers = 2}}};
  auto& a = sim.node("a");
  std::vector<snow::duration> one, other;  // actors that threads spawn go to the workers in turn
  a->spawn<marks_time>(&sim, &one);
  a->spawn<marks_time>(&sim, &other);
  sim.run_for(1s);
  auto const before = std::pair{one.size(), other.size()};
  sim.stall("a", 0, 500ms);
  sim.run_for(400ms);
  auto const first = one.size() - before.first, second = other.size() - before.second;
  CHECK(std::min(first, second) == 0);
  CHECK(std::max(first, second) > 30);
  sim.run_for(200ms);
  CHECK(one.size() > before.first);
  CHECK(other.size() > before.second);
  sim.stall("a", 500ms);
  auto const all = one.size() + other.size();
  sim.run_for(400ms);
  CHECK(one.size() + other.size() == all);
}

}  // namespace scheduling
