#include "snow/process/sleep.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace sleep_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct tick {
  int n = 0;
};
struct question {
  using reply_type = int;
};

snow::actor sleeps(snow::context& self, snow::duration d, std::string name, std::string* log) {
  co_await self.sleep_for(d);
  *log += name;
}
snow::actor naps(snow::context& self) {
  for (auto const d : {0ns, 1ns, 1000ns, 100'000ns, 2'000'000ns}) {
    auto const before = self.now();
    co_await self.sleep_for(d);
    expect(self.now() - before >= d);
  }
  co_await self.sleep_for(-1h);
}
snow::actor gets_mail_meanwhile(snow::context& self) {
  for (int i = 0; i < 3; ++i) self.send_after<tick>(0ns, self.id(), i);
  co_await self.sleep_for(1ms);
  for (int i = 0; i < 3; ++i)
    co_await self.receive([&](tick t) { expect(t.n == i); }, snow::after(0ns, [] { expect(false); }));
}

snow::actor logs_ticks(snow::context& self, std::vector<int>* got) {
  for (;;) co_await self.receive([&](tick t) { got->push_back(t.n); });
}
struct timers {
  snow::timer_ref first, second, every, by_name;
};
snow::actor sets(snow::context& self, snow::pid to, timers* t) {
  t->second = self.send_after<tick>(20ms, to, 2);
  t->first = self.send_after<tick>(10ms, to, 1);
  t->every = self.send_every<tick>(15ms, to, 7);
  t->by_name = self.send_after<tick>(30ms, snow::named{"log"}, 9);
  co_await self.sleep_for(1h);
}
snow::actor cancels(snow::context&, snow::timer_ref t, std::vector<bool>* did) {
  did->push_back(t.cancel());
  co_return;
}
snow::actor asks_later(snow::context& self, snow::pid to) {
  self.send_after<question>(0ns, to);
  co_return;
}
// Cancels itself, from within the actor to whom it is sent.
snow::actor cancels_what_comes(snow::context& self) {
  int came = 0;
  auto every = self.send_every<tick>(100us, self.id(), 1);
  while (came < 3) co_await self.receive([&](tick) { ++came; });
  expect(every.cancel());
  expect(!every.cancel());
  bool more = true;
  while (more)  // what had been sent before
    more = co_await self.receive([](tick) { return true; }, snow::after(0ns, [] { return false; }));
  co_await self.receive([](tick) { expect(false); }, snow::after(1ms, [] {}));
}
snow::actor cancels_of_others(snow::context& self, snow::timer_ref t) {
  t.cancel();
  co_await self.sleep_for(0ns);
}
// Cancelled from other workers while they come due.
snow::actor races(snow::context& self) {
  for (int i = 0; i < 300; ++i) {
    auto const t = self.send_after<tick>(std::chrono::microseconds{i % 20}, self.id(), i);
    auto const every = self.send_every<tick>(std::chrono::microseconds{5}, self.id(), i);
    auto const one = self.spawn_monitor<cancels_of_others>(t);
    auto const two = self.spawn_monitor<cancels_of_others>(every);
    for (int downs = 0; downs < 2;)
      co_await self.receive([&](snow::down) { ++downs; }, [&](tick n) { expect(n.n <= i); });
    expect(one.pid != two.pid);
  }
  // All are cancelled: whatever is left came before.
  auto const drain = [&]() -> snow::task<bool> {
    co_return co_await self.receive([](tick) { return true; }, snow::after(5ms, [] { return false; }));
  };
  while (co_await drain()) {
  }
  expect(!co_await drain());
}
snow::actor ends_soon(snow::context& self) {
  co_await self.receive([](tick) {});
}
snow::actor repeats_to_one_that_ends(snow::context& self) {
  auto const p = self.spawn_monitor<ends_soon>();
  auto every = self.send_every<tick>(100us, p.pid, 1);
  co_await self.receive([](snow::down) {});
  co_await self.sleep_for(2ms);
  expect(!every.cancel());  // it has stopped by itself
}
// As one does who puts a time-out off with every message.
snow::actor puts_off(snow::context& self) {
  for (int i = 0; i < 100'000; ++i) {
    auto limit = self.send_after<tick>(1h, self.id(), i);
    expect(limit.cancel());
  }
  co_return;
}

}  // namespace

TEST_CASE("sleepers wake in the order of their deadlines, never early", "[S-15]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  std::string log;
  node.spawn<sleeps>(20ms, "c", &log);
  node.spawn<sleeps>(10ms, "a", &log);
  node.spawn<sleeps>(10ms, "b", &log);
  node.turn();
  clock.advance(10ms - 1ns);
  node.turn();
  CHECK(log == "");
  clock.advance(1h);
  node.turn();
  CHECK(log == "abc");
}
TEST_CASE("a sleep is never shorter than asked for", "[S-15]") {
  support::run_actors<naps>();
}
TEST_CASE("mail that comes during a sleep keeps its order", "[S-14]") {
  support::run_actors<gets_mail_meanwhile>();
}
TEST_CASE("send_after and send_every send at their times, until they are cancelled", "[S-15]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  std::vector<int> got;
  timers t;
  auto const p = node.spawn_with<logs_ticks>({.name = "log"}, &got);
  node.spawn<sets>(p, &t);
  node.turn();
  clock.advance(10ms - 1ns);
  node.turn();
  CHECK(got.empty());
  clock.advance(1ns);
  node.turn();
  CHECK(got == std::vector{1});
  clock.advance(20ms);
  node.turn();
  CHECK(got == std::vector{1, 7, 2, 9, 7});
  std::vector<bool> did;
  node.spawn<cancels>(t.every, &did);
  node.spawn<cancels>(t.every, &did);
  node.spawn<cancels>(t.first, &did);
  node.spawn<cancels>(snow::timer_ref{}, &did);
  node.turn();
  clock.advance(1h);
  node.turn();
  CHECK(got == std::vector{1, 7, 2, 9, 7});
  CHECK(did == std::vector{true, false, false, false});
}
TEST_CASE("a repeated message is cancelled by who receives it", "[S-15]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<cancels_what_comes>(workers);
}
TEST_CASE("timers that are cancelled from other workers as they come due", "[S-15]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<races>(workers);
}
TEST_CASE("what is sent again and again stops when its receiver has ended") {
  support::run_actors<repeats_to_one_that_ends>();
}
TEST_CASE("a cancelled timer is gone at once: putting a time-out off for ever takes no memory") {
  support::run_actors<puts_off>();
}
TEST_CASE("a request that a timer sends is answered to nobody") {
  support::local_node node;
  std::vector<int> got;
  auto const p = node.spawn<logs_ticks>(&got);
  node.spawn<asks_later>(p);
  node.turn();
  CHECK(node.env.living == 1);
}

}  // namespace sleep_test
