#include "snow/process/send.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace send_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct item {
  int n = 0;
};
struct mixed {
  std::string text;
  std::uint8_t small = 0;
  double real = 0;
};
struct question {
  using reply_type = int;
};
struct go {};
struct enough {};

// ---- what is built

snow::actor builds(snow::context& self) {
  self.send<mixed>(self.id(), "text", 255, 1);
  mixed const named{"named", 2, 0.5};
  self.send(self.id(), named);
  mixed moved{"a text that is longer than a string holds in itself", 3, 0.5};
  self.send<mixed>(self.id(), std::move(moved));
  expect(moved.text.empty());
  bool refused = false;
  try {
    self.send<mixed>(self.id(), "text", 256, 1);
  } catch (const snow::error& e) {
    refused = e == snow::errc::bad_arguments;
  }
  expect(refused);
  refused = false;
  try {
    self.send<mixed>(self.id(), "text", -1, 1);
  } catch (const snow::error& e) {
    refused = e == snow::errc::bad_arguments;
  }
  expect(refused);
  co_await self.receive([](const mixed& m) { expect(m.text == "text" && m.small == 255 && m.real == 1.0); });
  co_await self.receive([](const mixed& m) { expect(m.text == "named" && m.small == 2); });
  co_await self.receive([](const mixed& m) { expect(m.text.starts_with("a text") && m.small == 3); });
}

snow::actor nothing(snow::context&) {
  co_return;
}
snow::actor sends_to_nobody(snow::context& self) {
  auto const gone = self.spawn_monitor<nothing>();
  co_await self.receive([](snow::down) {});
  auto& lost = snow::environment::current().undelivered;
  lost = 0;
  self.send<item>(gone.pid, 1);
  co_await self.send<item>(gone.pid, 2);
  self.send<item>(snow::named{"nobody"}, 3);
  self.send<item>(snow::pid{}, 4);
  expect(lost == 4);
  // To another node there is no way at all: who awaits is told.
  auto const no_way = co_await snow::as_result(self.send<item>(snow::pid{9, 0, 0}, 5));
  expect(no_way.error() == snow::errc::no_connection);
}

// ---- bounded mailboxes

snow::actor takes_when_told(snow::context& self, std::vector<int>* got) {
  co_await self.receive([](go) {});
  for (bool done = false; !done;)
    co_await self.receive([&](item i) { got->push_back(i.n); }, [](question) { return 1; },
                          [&](enough) { done = true; });
}

struct progress {
  int sent = 0;
  int awaited = 0;
  bool over = false;
  snow::errc failed = snow::errc::normal;
};
snow::actor sends_on(snow::context& self, snow::pid to, int count, bool waits, progress* p) {
  for (int i = 0; i < count; ++i) {
    if (waits) {
      co_await self.send<item>(to, i);
      ++p->awaited;
    } else {
      self.send<item>(to, i);
    }
    ++p->sent;
  }
  co_await self.receive(snow::after(0ns, [] {}));
  p->over = true;
}
snow::actor tells(snow::context& self, snow::pid to, bool to_go) {
  if (to_go)
    self.send<go>(to);
  else
    self.send<enough>(to);
  co_return;
}

snow::actor answers_when_told(snow::context& self) {
  co_await self.receive([&](question, snow::reply_to<int> answer) -> snow::task<void> {
    co_await self.receive([](go) {});
    answer(1);
  });
}
snow::actor asks_while_held(snow::context& self, snow::pid full, snow::pid late, progress* p) {
  self.send<item>(full, 1);
  self.send<item>(full, 2);
  auto const answer = co_await snow::as_result(self.ask<question>(late).within(5ms));
  p->failed = answer.error().which();
  p->over = true;
}

snow::start_options bounded(std::int32_t limit, snow::on_full then) {
  return {.mailbox_limit = limit, .on_full = then};
}

snow::actor is_rejected(snow::context& self) {
  static std::vector<int> got;
  got.clear();
  auto const p = self.spawn<takes_when_told>(
      snow::spawn_options{.mailbox_limit = 3, .on_full = snow::on_full::reject}, &got);
  auto& rejected = snow::environment::current().rejected;
  rejected = 0;
  self.send<go>(p);
  self.send<item>(p, 1);
  expect(co_await snow::as_result(self.send<item>(p, 2)) && rejected == 0);
  self.send<item>(p, 3);
  expect(rejected == 1);
  expect((co_await snow::as_result(self.send<item>(p, 4))).error() == snow::errc::overloaded);
  expect((co_await snow::as_result(self.ask<question>(p))).error() == snow::errc::overloaded);
  expect(rejected == 3);
  // It has taken what was there, and has room again.
  while (got.size() < 2) co_await self.receive(snow::after(1ms, [] {}));
  expect(co_await self.ask<question>(p) == 1);
  expect(got == std::vector{1, 2});
}

snow::actor ends_when_full(snow::context& self) {
  static std::vector<int> got;
  auto const p = self.spawn_monitor<takes_when_told>(
      snow::spawn_options{.mailbox_limit = 2, .on_full = snow::on_full::end}, &got);
  for (int i = 0; i < 3; ++i) self.send<item>(p.pid, i);
  co_await self.receive([&](snow::down d) {
    expect(d.monitor == p.monitor);
    expect(d.reason == snow::errc::overloaded);
  });
}

// What takes no room must give none.
snow::actor watches_many(snow::context& self, std::vector<int>* got) {
  for (int i = 0; i < 20; ++i) self.spawn_monitor<nothing>();
  for (int i = 0; i < 20; ++i) co_await self.receive([](snow::down) {});
  co_await self.receive([](go) {});
  while (got->size() < 2) co_await self.receive([&](item i) { got->push_back(i.n); });
}

// ---- fairness

snow::actor sends_for_ever(snow::context& self, snow::pid full, bool* stop) {
  for (int i = 0; i < 10; ++i) self.send<item>(full, i);  // too many: it is to be held
  while (!*stop) co_await self.send<item>(self.parent(), 1);
}
snow::actor two_at_each_other(snow::context& self, snow::pid first, int* ended) {
  snow::pid other = first;
  if (!other) co_await self.receive([&](const snow::pid& p) { other = p; });
  for (int i = 0; i < 3; ++i) co_await self.send<item>(other, i);
  ++*ended;
}
snow::actor two_that_burst(snow::context& self, snow::pid first, int* ended) {
  snow::pid other = first;
  if (!other) co_await self.receive([&](const snow::pid& p) { other = p; });
  for (int i = 0; i < 10; ++i) self.send<item>(other, i);
  for (int i = 0; i < 10; ++i) co_await self.receive([&](item got) { expect(got.n == i); });
  ++*ended;
}
snow::actor introduces(snow::context& self, snow::pid one, snow::pid other) {
  self.send<snow::pid>(one, other);
  co_return;
}

}  // namespace

TEST_CASE("a message is built in place, with the conversions of its fields") {
  support::run_actors<builds>();
}
TEST_CASE("a send to who is gone is silent and counted; to a node out of reach it tells who awaits",
          "[S-5]") {
  support::run_actors<sends_to_nobody>();
}
TEST_CASE("a full mailbox that blocks takes all, and holds its senders until half of it is free",
          "[S-7][S-38]") {
  for (bool const waits : {true, false}) {
    support::hand_clock clock;
    support::local_node node{1, &clock};
    std::vector<int> got;
    progress p;
    auto const slow = node.spawn_with<takes_when_told>(bounded(4, snow::on_full::block), &got);
    node.spawn<sends_on>(slow, 20, waits, &p);
    node.turn();
    CHECK_FALSE(p.over);
    CHECK(p.sent == (waits ? 4 : 20));
    node.spawn<tells>(slow, true);
    node.turn(1000);
    CHECK(p.over);
    CHECK(got.size() == 20);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == static_cast<int>(i));
  }
}
TEST_CASE("a sender that is held goes on when the receiver ends", "[S-35]") {
  for (bool const waits : {true, false}) {
    support::hand_clock clock;
    support::local_node node{1, &clock};
    std::vector<int> got;
    progress p;
    auto const slow = node.spawn_with<takes_when_told>(bounded(1, snow::on_full::block), &got);
    node.spawn<sends_on>(slow, 3, waits, &p);
    node.turn();
    CHECK_FALSE(p.over);
    snow::signal_exit(node.env, slow, {{}, snow::errc::killed, true});
    node.turn();
    CHECK(p.over);
  }
}
TEST_CASE("a sender is held for the default deadline at most, whatever it waits for", "[S-35][S-38][S-63]") {
  for (bool const waits : {true, false}) {
    support::hand_clock clock;
    support::local_node node{1, &clock};
    node.env.deadline = 10ms;
    std::vector<int> got;
    progress p;
    auto const slow = node.spawn_with<takes_when_told>(bounded(1, snow::on_full::block), &got);
    node.spawn<sends_on>(slow, 2, waits, &p);
    node.turn();
    clock.advance(10ms - 1ns);
    node.turn();
    CHECK_FALSE(p.over);
    clock.advance(1ns);
    node.turn();
    CHECK(p.over);
    CHECK(node.env.living == 1);
    // Room that comes late finds nobody, and that is all.
    node.spawn<tells>(slow, true);
    node.turn();
    CHECK(got.size() == 2);
  }
}
TEST_CASE("an answer that comes too late does not hold a sender that is held again", "[S-12][S-38]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  node.env.deadline = 10ms;
  std::vector<int> got;
  progress p;
  auto const full = node.spawn_with<takes_when_told>(bounded(1, snow::on_full::block), &got);
  auto const late = node.spawn<answers_when_told>();
  node.spawn<asks_while_held>(full, late, &p);
  node.turn();
  clock.advance(5ms);
  node.turn();  // the ask is over, and the sender is held for 10 ms
  clock.advance(3ms);
  node.spawn<tells>(late, true);
  node.turn();
  CHECK_FALSE(p.over);
  clock.advance(7ms);
  node.turn();
  CHECK(p.over);
  CHECK(p.failed == snow::errc::timed_out);
}
TEST_CASE("actors that await sends to each other's full mailboxes end by their deadlines", "[S-63]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  node.env.deadline = 10ms;
  int ended = 0;
  auto const one = node.spawn_with<two_at_each_other>(bounded(1, snow::on_full::block), snow::pid{}, &ended);
  auto const other = node.spawn_with<two_at_each_other>(bounded(1, snow::on_full::block), one, &ended);
  node.spawn<introduces>(one, other);
  node.turn();
  CHECK(ended < 2);
  for (int i = 0; i < 4; ++i) {
    clock.advance(10ms);
    node.turn();
  }
  CHECK(ended == 2);
}
TEST_CASE("actors that burst at each other's bounded mailboxes both go on", "[S-35]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  node.env.deadline = 10ms;
  int ended = 0;
  auto const one = node.spawn_with<two_that_burst>(bounded(2, snow::on_full::block), snow::pid{}, &ended);
  auto const other = node.spawn_with<two_that_burst>(bounded(2, snow::on_full::block), one, &ended);
  node.spawn<introduces>(one, other);
  node.turn();
  for (int i = 0; i < 4; ++i) {
    clock.advance(10ms);
    node.turn();
  }
  CHECK(ended == 2);
}
TEST_CASE("a full mailbox that rejects counts the message; an ask or an awaited send fails", "[S-7]") {
  support::run_actors<is_rejected>();
}
TEST_CASE("a full mailbox that ends its actor ends it with overloaded", "[S-7]") {
  support::run_actors<ends_when_full>();
}
TEST_CASE("what comes to a bounded mailbox without taking room gives none when it leaves") {
  support::local_node node;
  std::vector<int> got;
  auto const p = node.spawn_with<watches_many>(bounded(3, snow::on_full::reject), &got);
  node.turn(1000);
  for (int i = 0; i < 5; ++i)
    snow::detail::post(
        node.env, p,
        *node.env.make<snow::letter<item>>(snow::signal_kind::message, snow::message_type_of<item>, item{i}));
  CHECK(node.env.rejected == 2);
  node.spawn<tells>(p, true);  // no room for it either
  node.turn();
  CHECK(node.env.rejected == 3);
}
TEST_CASE("who sent too much is held at its next await, whatever it awaits") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  std::vector<int> got;
  bool stop = false;
  auto const slow = node.spawn_with<takes_when_told>(bounded(1, snow::on_full::block), &got);
  node.spawn<sends_for_ever>(slow, &stop);
  node.turn();  // or it would never return
  CHECK(node.env.undelivered <= 1);
  node.spawn<tells>(slow, true);
  stop = true;
  node.turn();
  CHECK(got.size() == 10);
  CHECK(node.env.living == 1);
}

}  // namespace send_test
