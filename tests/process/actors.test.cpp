#include <atomic>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

using namespace std::chrono_literals;

namespace actors_test {

// Catch's assertions are for one thread: actors count what went wrong, and the test looks at the count.
std::atomic<int> wrong = 0;
std::atomic<int> destroyed = 0;

void expect(bool good) {
  if (!good) ++wrong;
}

struct tally {
  std::string word;
};
struct total {
  using reply_type = std::uint64_t;
  std::string word;
};
struct later {
  using reply_type = int;
};
struct item {
  std::uint32_t from;
  std::uint64_t number;
};
struct other {};

snow::actor counter(snow::context& self, std::uint64_t start) {
  std::map<std::string, std::uint64_t> seen;
  for (;;)
    co_await self.receive([&](tally t) { ++seen[t.word]; }, [&](total q) { return start + seen[q.word]; });
}
std::uint64_t square(std::uint64_t x) {
  return x * x;
}

snow::actor talks(snow::context& self) {
  auto const c = self.spawn<counter>(10);
  self.send<tally>(c, "snow");
  expect(co_await self.ask<total>(c, "snow") == 11);
  expect(co_await self.call<square>(3) == 9);
}

snow::actor selects(snow::context& self) {
  self.send<tally>(self.id(), "first");
  self.send<other>(self.id());
  self.send<tally>(self.id(), "second");
  std::string order;
  co_await self.receive([&](other) { order += "other "; });
  co_await self.receive([&](tally t) { order += t.word; });
  co_await self.receive([&](tally t) { order += " " + t.word; });
  expect(order == "other first second");
  expect(co_await self.receive(snow::after(1ms, [] { return 7; })) == 7);
}

struct witness {
  ~witness() { ++destroyed; }
};
snow::task<int> sleeps_inside(snow::context& self) {
  witness const w;
  co_await self.sleep_for(1h);
  co_return 1;
}
snow::actor sleeper(snow::context& self) {
  witness const w;
  co_await sleeps_inside(self);
}
snow::actor blocked(snow::context& self) {
  witness const w;
  co_await self.blocking([] { std::this_thread::sleep_for(5ms); });
}
snow::actor kills(snow::context& self) {
  auto const one = self.spawn_monitor<sleeper>();
  co_await self.sleep_for(1ms);
  self.exit(one.pid, snow::kill);
  co_await self.receive(
      [&](snow::down d) { expect(d.monitor == one.monitor && d.reason == snow::errc::killed); });
  expect(destroyed == 2);
  auto const two = self.spawn_monitor<blocked>();
  co_await self.sleep_for(1ms);
  self.exit(two.pid, snow::kill);
  co_await self.receive([&](snow::down d) { expect(d.reason == snow::errc::killed); });
}

snow::actor throws_out(snow::context&) {
  throw std::runtime_error{"out of luck"};
  co_return;
}
snow::actor forgets(snow::context& self) {
  co_await self.receive([](later, snow::reply_to<int>) {});
}
snow::actor failures(snow::context& self) {
  auto const bad = self.spawn_monitor<throws_out>();
  co_await self.receive([&](snow::down d) {
    expect(d.monitor == bad.monitor && d.reason == snow::errc::exception && d.reason.text() == "out of luck");
  });
  expect((co_await snow::as_result(self.ask<later>(bad.pid))).error() == snow::errc::no_process);
  expect((co_await snow::as_result(self.ask<later>(self.spawn<forgets>()))).error() == snow::errc::abandoned);
  auto const silent = self.spawn<sleeper>();
  expect((co_await snow::as_result(self.ask<later>(silent).within(1ms))).error() == snow::errc::timed_out);
  auto const m = self.monitor(bad.pid);
  co_await self.receive([&](snow::down d) { expect(d.monitor == m && d.reason == snow::errc::no_process); });
}

snow::actor asks_back(snow::context& self) {
  for (;;)
    co_await self.receive([&](later) -> snow::task<int> {
      co_return (co_await snow::as_result(self.ask<later>(self.parent()))).error() ==
          snow::errc::would_deadlock;
    });
}
snow::actor circle(snow::context& self) {
  auto const other_one = self.spawn<asks_back>();
  expect(co_await self.ask<later>(other_one) == 1);
}

snow::task<int> ready(int x) {
  co_return x + 1;
}
// Not `depth == 0 ? 0 : ...`: GCC 12 runs a co_await in the branch of ?: that is not taken.
snow::task<int> deep(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await deep(depth - 1);
}
snow::actor chains(snow::context&) {
  int x = 0;
  for (int i = 0; i < 1'000'000; ++i) x = co_await ready(x);
  expect(x == 1'000'000);
  expect(co_await deep(100'000) == 100'000);
}

constexpr std::uint32_t sources = 8;
constexpr std::uint64_t items = 1000;
snow::actor sink(snow::context& self) {
  std::uint64_t next[sources]{}, all = 0;
  while (all < sources * items)
    co_await self.receive([&](item i) {
      expect(next[i.from]++ == i.number);
      ++all;
    });
}
snow::actor source(snow::context& self, std::vector<snow::pid> to, std::uint32_t me) {
  for (std::uint64_t i = 0; i < items; ++i) {
    for (auto const& p : to) self.send<item>(p, me, i);
    if (i % 7 == 0) co_await self.sleep_for(0ns);
  }
}
snow::actor short_lived(snow::context& self, int n) {
  if (n % 3 == 0) co_await self.sleep_for(1us);
}
snow::actor crowd(snow::context& self) {
  int living = 0;
  std::vector<snow::pid> sinks;
  for (int i = 0; i < 4; ++i, ++living) sinks.push_back(self.spawn_monitor<sink>().pid);
  for (std::uint32_t i = 0; i < sources; ++i, ++living) self.spawn_monitor<source>(sinks, i);
  for (int i = 0; i < 1000; ++i, ++living) {
    auto const started = self.spawn_monitor<short_lived>(i);
    if (i % 20 == 0) self.exit(started.pid, snow::kill);
    if (i % 100 == 0) co_await self.sleep_for(10us);
  }
  while (living > 0) co_await self.receive([&](snow::down) { --living; });
}

}  // namespace actors_test

using namespace actors_test;

template <auto F>
void runs_well(std::size_t workers = 1) {
  wrong = destroyed = 0;
  support::run_actors<F>(workers);
  CHECK(wrong == 0);
}

TEST_CASE("an actor is sent to, asked and called", "[process][S-11]") {
  runs_well<&talks>();
}
TEST_CASE("receive takes the oldest message that a handler takes; the others keep their order",
          "[process][S-9][S-10]") {
  runs_well<&selects>();
}
TEST_CASE("a killed actor's frames are destroyed where they stand, once", "[process][S-33][S-44]") {
  runs_well<&kills>();
  CHECK(destroyed == 3);
}
TEST_CASE("each failure is told as what it is, and ends one actor alone", "[process][S-13][S-22][S-34]") {
  runs_well<&failures>();
}
TEST_CASE("a circle of asks on one worker is told at once", "[process][S-58]") {
  runs_well<&circle>();
}
TEST_CASE("a million awaits of ready tasks do not grow the stack", "[process]") {
  runs_well<&chains>();
}
TEST_CASE("messages keep their order while actors move between workers", "[process][S-1][S-41]") {
  for (std::size_t const workers : {1u, 2u, 4u}) runs_well<&crowd>(workers);
}
