#include "snow/process/spawn.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace spawn_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct question {
  using reply_type = int;
};
struct go {};

snow::actor nothing(snow::context&) {
  co_return;
}
snow::actor silent(snow::context& self) {
  co_await self.receive([](go) {});
}

// ---- arguments

int gone = 0;
struct noisy {
  explicit noisy(int v) : value{v} {}
  noisy(const noisy& n) : value{n.value} {}
  ~noisy() { ++gone; }
  int value;
};
snow::actor takes(snow::context& self, std::unique_ptr<int> moved, std::string_view text,
                  std::span<const int> numbers, const std::string& reference, std::uint8_t small) {
  co_await self.sleep_for(0ns);  // what the caller had is gone
  expect(*moved == 4);
  expect(text == "a text that is longer than a string holds in itself");
  expect(numbers.size() == 3 && numbers[2] == 3);
  expect(reference == "another text that is longer than a string holds");
  expect(small == 200);
}
snow::actor looks_at_the_end(snow::context& self, const noisy& n) {
  struct last {
    const noisy& seen;
    ~last() { expect(gone == 0 && seen.value == 5); }
  } const at_the_end{n};
  co_await self.sleep_for(0ns);
}
snow::actor passes(snow::context& self) {
  std::vector<snow::monitor_ref> all;
  {
    auto moved = std::make_unique<int>(4);
    std::string const text = "a text that is longer than a string holds in itself";
    std::vector<int> const numbers{1, 2, 3};
    all.push_back(self.spawn_monitor<takes>(std::move(moved), text, numbers,
                                            "another text that is longer than a string holds", 200)
                      .monitor);
  }
  noisy const n{5};
  all.push_back(self.spawn_monitor<looks_at_the_end>(n).monitor);
  gone = 0;  // of the copies on the way
  for (auto const& m : all)
    co_await self.receive([&](snow::down d) {
      expect(d.reason == snow::errc::normal);
      expect(d.monitor == m || all.size() == 2);
    });
  expect(gone == 1);
  bool refused = false;
  try {
    self.spawn<takes>(nullptr, "", std::vector<int>(), "", 256);
  } catch (const snow::error& e) {
    refused = e == snow::errc::bad_arguments;
  }
  expect(refused);
}

int value(int x) {
  return x;
}
snow::task<int> coroutine(snow::context& self, int x) {
  co_await self.sleep_for(0ns);
  co_return x;
}
snow::actor spawns_each_kind(snow::context& self) {
  self.spawn_monitor<value>(1);
  self.spawn_monitor<coroutine>(1);
  self.spawn_monitor<[](snow::context&) -> snow::actor { co_return; }>();
  for (int i = 0; i < 3; ++i)
    co_await self.receive([](snow::down d) { expect(d.reason == snow::errc::normal); });
}

snow::actor tells_parent(snow::context& self, snow::pid expected) {
  expect(self.parent() == expected);
  self.send<snow::pid>(self.parent(), self.id());
  self.send(self.parent(), self.id());
  self.send<snow::pid>(self.parent(), self.whereis("nobody"));
  co_return;
}
snow::actor is_a_parent(snow::context& self) {
  auto const child = self.spawn<tells_parent>(self.id());
  std::vector<snow::pid> const said{child, child, {}};
  for (auto const& expected : said) co_await self.receive([&](snow::pid p) { expect(p == expected); });
}

// ---- a monitor is there from the start

snow::actor spawns_what_ends_at_once(snow::context& self) {
  for (int i = 0; i < 200; ++i) {
    auto const p = self.spawn_monitor<nothing>();
    co_await self.receive([&](snow::down d) {
      expect(d.monitor == p.monitor && d.pid == p.pid);
      expect(d.reason == snow::errc::normal);
    });
  }
}

// ---- names

snow::actor takes_a_name(snow::context& self) {
  self.register_name("one");
  self.register_name("two");
  expect(self.whereis("one") == self.id() && self.whereis("two") == self.id());
  self.unregister_name("two");
  expect(!self.whereis("two"));
  self.unregister_name("never had");
  for (;;) co_await self.receive([](question) { return 1; });
}
snow::actor uses_names(snow::context& self) {
  auto const p = self.spawn_monitor<takes_a_name>();
  expect(co_await self.ask<question>(p.pid) == 1);
  expect(co_await self.ask<question>(snow::named{"one"}) == 1);
  auto const in_use = [&](auto take) {
    try {
      take();
    } catch (const snow::error& e) {
      return e == snow::errc::name_in_use;
    }
    return false;
  };
  expect(in_use([&] { self.register_name("one"); }));
  auto const living = snow::environment::current().living.load();
  expect(in_use([&] { self.spawn<silent>(snow::spawn_options{.name = "one"}); }));
  expect(snow::environment::current().living == living);
  self.unregister_name("one");  // it is not this actor's
  expect(self.whereis("one") == p.pid);
  auto const named = self.spawn_monitor<silent>(snow::spawn_options{.name = "three"});
  expect(self.whereis("three") == named.pid);
  // As soon as the end can be seen, the name is free.
  for (int i = 0; i < 100; ++i) {
    auto const other = self.spawn_monitor<silent>(snow::spawn_options{.name = "again"});
    self.exit(other.pid, snow::kill);
    co_await self.receive([&](snow::down d) { expect(d.monitor == other.monitor); });
    expect(!self.whereis("again"));
  }
  self.exit(p.pid, snow::kill);
  co_await self.receive([&](snow::down d) { expect(d.monitor == p.monitor); });
  self.register_name("one");
}

// ---- refusals

snow::actor spawns_up_to(snow::context& self, std::size_t limit, bool* over) {
  std::vector<snow::monitored> all;
  for (std::size_t i = 1; i < limit; ++i) all.push_back(self.spawn_monitor<silent>());
  for (int i = 0; i < 3; ++i) try {
      self.spawn<silent>();
      *over = true;
    } catch (const snow::error& e) {
      if (e != snow::errc::overloaded) *over = true;
    }
  self.exit(all.back().pid, snow::kill);
  co_await self.receive([](snow::down) {});
  self.spawn<silent>();  // one has left
}
snow::actor spawns_when_none_is_wanted(snow::context& self, bool* refused) {
  snow::environment::current().refusing = true;
  try {
    self.spawn<silent>();
  } catch (const snow::error& e) {
    *refused = e == snow::errc::shutting_down;
  }
  co_return;
}

}  // namespace

TEST_CASE("arguments are taken at the call, converted, and live until the actor's frame is gone") {
  support::run_actors<passes>();
}
TEST_CASE("actors, plain functions, tasks and lambdas are spawned alike") {
  support::run_actors<spawns_each_kind>();
}
TEST_CASE("an actor knows its parent") {
  support::run_actors<is_a_parent>();
}
TEST_CASE("the monitor of spawn_monitor is in place before the first instruction", "[S-18][S-22]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<spawns_what_ends_at_once>(workers);
}
TEST_CASE("a name belongs to one living process, and is free when its end can be seen", "[S-31]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<uses_names>(workers);
}
TEST_CASE("a node holds as many actors as its limit says, whoever spawns them") {
  for (std::size_t const limit : {2u, 10u, 200u}) {
    support::local_node node{1, nullptr, limit};
    bool over = false;
    node.spawn<spawns_up_to>(limit, &over);
    node.turn();
    CHECK_FALSE(over);
    CHECK(node.env.living == limit - 1);
    node.spawn<silent>();
    CHECK_THROWS_AS(node.spawn<silent>(), snow::error);
    CHECK(node.env.living == limit);
  }
}
TEST_CASE("a node that shuts down starts no actor any more", "[S-32]") {
  support::local_node node;
  bool refused = false;
  node.spawn<spawns_when_none_is_wanted>(&refused);
  node.turn();
  CHECK(refused);
  CHECK(node.env.living == 0);
}

}  // namespace spawn_test
