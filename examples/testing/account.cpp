// Unit tests of actors, one node at a time, with nothing but `assert`: an account that reminds its owner, and a branch
// of bank.hpp whose partner is a double on another node.
#undef NDEBUG
#include <cassert>
#include <chrono>
#include <cstdio>
#include <snow/actor.hpp>
#include <snow/testing.hpp>

#include "bank.hpp"

using namespace std::chrono_literals;

struct withdraw { std::int64_t cents; };
struct balance { using reply_type = std::int64_t; };
struct overdrawn { std::int64_t cents; };

/// Tells its owner when there is less than nothing in it, and again every day.
snow::actor account(snow::context& self, std::int64_t cents, snow::pid owner) {
  for (;;) {
    co_await self.receive(
        [&](withdraw w) { cents -= w.cents; },
        [&](balance) { return cents; },
        snow::after(24h, [] {}));
    if (cents < 0) self.send<overdrawn>(owner, -cents);
  }
}

void reminds_its_owner() {
  snow::testing::fixture kit;
  auto& owner = kit.probe("owner");
  auto const mine = kit.spawn<account>(100, owner.pid());

  kit.send<withdraw>(mine, 30);
  kit.run();
  owner.expect_nothing();

  kit.send<withdraw>(mine, 90);
  kit.run();
  owner.expect(overdrawn{20});

  kit.advance(24h);  // no time of yours
  owner.expect<overdrawn>([](auto& o) { return o.cents >= 20; });
  owner.expect_nothing();
  assert(*kit.ask<balance>(mine) == -20);
}

/// Asks whoever is named "rates" what a cent is worth, and hands it to its parent.
struct rate { using reply_type = double; };
struct worth { double euros; };

snow::actor converts(snow::context& self, std::int64_t cents) {
  auto const euros = co_await self.ask<rate>(snow::named{"rates"});
  self.send<worth>(self.parent(), static_cast<double>(cents) * euros);
}

void asks_a_double() {
  snow::testing::fixture kit;
  auto& rates = kit.probe("rates");
  auto& parent = kit.probe();

  parent.spawn<converts>(50);
  kit.run();
  rates.expect<rate>().answer(0.5);
  kit.run();
  parent.expect(worth{25});

  rates.on([](rate) { return 0.25; });  // from now on by itself
  parent.spawn<converts>(8);
  kit.run();
  parent.expect(worth{2});

  rates.end("on strike");
  auto const unlucky = parent.spawn<converts>(8);
  kit.run();
  assert(unlucky.exit_reason() == snow::errc::exception);  // its ask threw no_process
}

void sends_again_what_was_not_answered() {
  using bank::careful::credit;
  snow::testing::fixture kit;
  auto& other = kit.remote("branch", "b@b:1");
  bank::books books{.cents = 100};
  auto const branch = kit.spawn<bank::careful::branch>(&books);

  kit.send<bank::pay>(branch, "b@b:1", 40);
  kit.run();
  auto const first = other.expect<credit>([](auto& c) { return c.cents == 40; });
  assert(books.cents == 60 && books.under_way.size() == 1);

  kit.advance(3s);  // 2 for an answer, half a one to rest
  auto again = other.expect<credit>();
  assert(again->number == first->number);
  again.answer();
  kit.run();
  assert(books.under_way.empty());
  kit.advance(1h);
  other.expect_nothing();
}

void goes_on_when_the_other_node_is_back() {
  using bank::careful::credit;
  snow::testing::fixture kit;
  auto& other = kit.remote("branch", "b@b:1");
  bank::books books{.cents = 100};
  kit.send<bank::pay>(kit.spawn<bank::careful::branch>(&books), "b@b:1", 40);
  kit.run();
  auto const first = other.expect<credit>();

  kit.crash("b@b:1");
  kit.advance(1min);
  auto& restarted = kit.remote("branch", "b@b:1");
  restarted.on([](const credit&) {});
  kit.advance(10s);
  assert(books.under_way.empty());
}

void shows_each_step() {
  snow::testing::fixture kit;
  auto const& told = kit.record<overdrawn>();
  auto& owner = kit.probe("owner");
  auto const mine = kit.spawn<account>(0, owner.pid());
  kit.send<withdraw>(mine, 1);
  kit.send<withdraw>(mine, 1);
  kit.step();  // it starts,
  kit.step();  // and takes the first
  assert(told.size() == 1 && told[0].value.cents == 1 && told[0].to == owner.pid());
  kit.run();
  assert(told.size() == 2);
  for (auto const& m : kit.sent()) std::puts(m.to_string().c_str());  // account sent owner an overdrawn
  kit.forbid<rate>();
}

int main() {
  reminds_its_owner();
  asks_a_double();
  sends_again_what_was_not_answered();
  goes_on_when_the_other_node_is_back();
  shows_each_step();
}
