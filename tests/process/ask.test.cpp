#include "snow/process/ask.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace ask_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct question {
  using reply_type = int;
  int n = 0;
};
struct done {
  using reply_type = void;
};
struct give_back {
  snow::reply_to<int> to;
};
struct note {
  int n;
};
struct stop {};

snow::actor doubles(snow::context& self) {
  for (;;) co_await self.receive([](question q) { return 2 * q.n; }, [](done) {});
}

// ---- it ends once

snow::actor asks(snow::context& self) {
  auto const p = self.spawn<doubles>();
  expect(co_await self.ask<question>(p, 21) == 42);
  co_await self.ask<done>(p);
  question const named{4};
  expect(co_await self.ask<question>(p, named) == 8);
  expect(*co_await snow::as_result(self.ask<question>(p, 5).within(1h)) == 10);
  self.send<question>(p, 6);  // merely sent: the answer goes nowhere
  expect(co_await self.receive([](note) { return false; }, snow::after(1ms, [] { return true; })));
}

snow::actor by_name(snow::context& self) {
  self.spawn<doubles>(snow::spawn_options{.name = "doubler"});
  expect(co_await self.ask<question>(snow::named{"doubler"}, 3) == 6);
  auto const nobody = co_await snow::as_result(self.ask<question>(snow::named{"nobody"}, 3));
  expect(nobody.error() == snow::errc::no_process);
}

snow::actor holds(snow::context& self) {
  std::optional<snow::reply_to<int>> held;
  co_await self.receive([&](question, snow::reply_to<int> r) { held.emplace(std::move(r)); });
  co_await self.receive([](stop) {});
}
snow::actor ends_at_once(snow::context&) {
  co_return;
}
snow::actor throws_before_it_looks(snow::context& self) {
  co_await self.sleep_for(0ns);
  throw std::runtime_error{"broken"};
}
snow::actor fails_in_each_way(snow::context& self) {
  auto const error_of = [&](const snow::pid& p) -> snow::task<snow::error> {
    co_return (co_await snow::as_result(self.ask<question>(p, 1).within(1h))).error();
  };
  expect(co_await error_of({}) == snow::errc::no_process);
  auto const gone = self.spawn_monitor<ends_at_once>();
  co_await self.receive([](snow::down) {});
  expect(co_await error_of(gone.pid) == snow::errc::no_process);
  auto const broken = co_await error_of(self.spawn<throws_before_it_looks>());
  expect(broken == snow::errc::exception && broken.details().find("broken") != std::string::npos);
  expect(co_await error_of({77, 0, 0}) == snow::errc::no_connection);
  bool thrown = false;
  try {
    co_await self.ask<question>(gone.pid, 1);
  } catch (const snow::error& e) {
    thrown = e == snow::errc::no_process && e.details().find("question") != std::string::npos;
  }
  expect(thrown);
}

// The holder is killed while it holds the right to answer.
snow::actor kills_later(snow::context& self, snow::pid p) {
  co_await self.sleep_for(1ms);
  self.exit(p, snow::kill);
}
snow::actor kills_the_holder(snow::context& self) {
  auto const p = self.spawn<holds>();
  self.spawn<kills_later>(p);
  expect((co_await snow::as_result(self.ask<question>(p).within(1h))).error() == snow::errc::killed);
}

// ---- its deadline

snow::actor asks_with(snow::context& self, snow::pid p, std::optional<snow::duration> limit,
                      std::vector<snow::errc>* ended) {
  auto op = self.ask<question>(p);
  if (limit) {
    ended->push_back((co_await snow::as_result(std::move(op).within(*limit))).error().which());
  } else {
    ended->push_back((co_await snow::as_result(std::move(op))).error().which());
  }
  // A late answer is seen by nobody.
  ended->push_back(co_await self.receive([](snow::message) { return snow::errc::user; },
                                         snow::after(1s, [] { return snow::errc::normal; })));
}
snow::actor holds_until_told(snow::context& self) {
  std::vector<snow::reply_to<int>> held;
  for (bool told = false; !told;)
    co_await self.receive([&](question, snow::reply_to<int> r) { held.push_back(std::move(r)); },
                          [&](stop) { told = true; });
  for (auto& r : held) r(1);
}

snow::actor outlives_late_answers(snow::context& self) {
  auto const late = self.spawn<holds_until_told>();
  auto const p = self.spawn<doubles>();
  for (int i = 0; i < 3; ++i)
    expect((co_await snow::as_result(self.ask<question>(late).within(1ms))).error() == snow::errc::timed_out);
  self.send<stop>(late);
  for (int i = 0; i < 100; ++i) expect(co_await self.ask<question>(p, i) == 2 * i);
}

// ---- order

snow::actor tells_then_answers(snow::context& self) {
  for (;;)
    co_await self.receive([&](question q, snow::reply_to<int> r) {
      for (int i = 0; i < q.n; ++i) self.send<note>(r.asker(), i);
      r(q.n);
      for (int i = 0; i < q.n; ++i) self.send<note>(r.asker(), q.n + i);
    });
}
snow::actor finds_what_was_sent_before(snow::context& self) {
  auto const p = self.spawn<tells_then_answers>();
  for (int round = 0; round < 50; ++round) {
    expect(co_await self.ask<question>(p, 10) == 10);
    for (int i = 0; i < 10; ++i)  // there already
      co_await self.receive([&](note n) { expect(n.n == i); }, snow::after(0ns, [] { expect(false); }));
    for (int i = 10; i < 20; ++i) co_await self.receive([&](note n) { expect(n.n == i); });
  }
}

// ---- reply_to

snow::actor passes_on(snow::context& self, snow::pid next) {
  for (;;)
    co_await self.receive([&](question, snow::reply_to<int> r) { self.send<give_back>(next, std::move(r)); });
}
snow::actor answers_for_others(snow::context& self) {
  co_await self.receive([](give_back g) { g.to(7); });
  co_await self.receive([](give_back g) { g.to.fail(snow::errc::not_allowed, "not you"); });
  co_await self.receive([](give_back g) {
    g.to(8);
    g.to(9);  // does nothing
    expect(g.to.answered());
  });
  co_await self.receive([](give_back) {});
  // The next one stays in the mailbox of an actor that ends.
}
snow::actor hands_replies_on(snow::context& self) {
  auto const last = self.spawn_monitor<answers_for_others>();
  auto const p = self.spawn<passes_on>(last.pid);
  expect(co_await self.ask<question>(p) == 7);
  auto const refused = (co_await snow::as_result(self.ask<question>(p))).error();
  expect(refused == snow::errc::not_allowed && refused.details().ends_with("not you"));
  expect(co_await self.ask<question>(p) == 8);
  expect((co_await snow::as_result(self.ask<question>(p).within(1h))).error() == snow::errc::abandoned);
  co_await self.receive([](snow::down) {});
  expect((co_await snow::as_result(self.ask<question>(p).within(1h))).error() == snow::errc::abandoned);
}

snow::actor takes_any(snow::context& self) {
  for (;;) co_await self.receive([](snow::message) {});
}
snow::actor keeps_any(snow::context& self) {
  std::deque<snow::message> kept;
  co_await self.receive([&](snow::message m) { kept.push_back(std::move(m)); });
  co_await self.receive([](stop) {});
}
snow::actor asks_what_takes_any(snow::context& self) {
  expect((co_await snow::as_result(self.ask<question>(self.spawn<takes_any>()).within(1h))).error() ==
         snow::errc::abandoned);
  auto const keeper = self.spawn<keeps_any>();
  self.send_after<stop>(1ms, keeper);
  expect((co_await snow::as_result(self.ask<question>(keeper).within(1h))).error() == snow::errc::abandoned);
}

// ---- circles

snow::actor asks_its_parent(snow::context& self) {
  for (;;)
    co_await self.receive([&](question) -> snow::task<int> {
      auto const r = co_await snow::as_result(self.ask<question>(self.parent()).within(1h));
      co_return r ? 0 : static_cast<int>(r.error().which());
    });
}
snow::actor asks_in_a_circle(snow::context& self) {
  auto const other = self.spawn<asks_its_parent>();
  expect(co_await self.ask<question>(other) == static_cast<int>(snow::errc::would_deadlock));
  expect((co_await snow::as_result(self.ask<question>(self.id()))).error() == snow::errc::would_deadlock);
}
// One of a circle passes its question on: then another may answer, and it is no circle.
snow::actor answers_later(snow::context& self) {
  snow::reply_to<int> held;
  co_await self.receive([&](question, snow::reply_to<int> r) { held = std::move(r); });
  expect(co_await self.ask<question>(self.parent(), 4) == 8);
  held(1);
}
snow::task<> answer_one(snow::context& self) {
  co_await self.receive([](question q) { return 2 * q.n; });
}
snow::actor expects_one(snow::context& self, snow::pid p) {
  expect(co_await self.ask<question>(p).within(1h) == 1);
}
snow::actor asks_back_and_forth(snow::context& self) {
  auto const other = self.spawn<answers_later>();
  auto const third = self.spawn_monitor<expects_one>(other);
  co_await answer_one(self);
  co_await self.receive([&](snow::down d) {
    expect(d.pid == third.pid);
    expect(d.reason == snow::errc::normal);
  });
}

}  // namespace

TEST_CASE("an ask gives the answer of its request's type", "[S-11]") {
  support::run_actors<asks>();
}
TEST_CASE("an ask by name reaches whoever has the name", "[S-11]") {
  support::run_actors<by_name>();
}
TEST_CASE("an ask fails at once, with the reason, when nobody will answer", "[S-5][S-11]") {
  support::run_actors<fails_in_each_way>();
  support::run_actors<kills_the_holder>();
}
TEST_CASE("an ask ends with timed_out at its deadline; a late answer is dropped", "[S-11][S-12]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  node.env.deadline = 20ms;
  auto const p = node.spawn<holds_until_told>();
  std::vector<snow::errc> own, by_default;
  node.spawn<asks_with>(p, std::optional<snow::duration>{30ms}, &own);
  node.spawn<asks_with>(p, std::optional<snow::duration>{}, &by_default);
  node.turn();
  clock.advance(20ms - 1ns);
  node.turn();
  CHECK(by_default.empty());
  clock.advance(1ns);
  node.turn(2);
  CHECK(by_default == std::vector{snow::errc::timed_out});
  clock.advance(10ms - 1ns);
  node.turn();
  CHECK(own.empty());
  clock.advance(1ns);
  node.turn(2);
  CHECK(own == std::vector{snow::errc::timed_out});
  snow::detail::post(
      node.env, p,
      *node.env.make<snow::letter<stop>>(snow::signal_kind::message, snow::message_type_of<stop>));
  node.turn();
  clock.advance(1s);
  node.turn();
  CHECK(own == std::vector{snow::errc::timed_out, snow::errc::normal});
  CHECK(by_default == own);
}
TEST_CASE("the answer to one ask is never taken for that to another", "[S-12]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<outlives_late_answers>(workers);
}
TEST_CASE("when an ask ends, all that the answerer sent the asker before is in its mailbox", "[S-43]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<finds_what_was_sent_before>(workers);
}
TEST_CASE("a reply_to answers from anywhere, once, and fails its ask when it is destroyed unanswered",
          "[S-13]") {
  support::run_actors<hands_replies_on>();
}
TEST_CASE("a request that a handler of snow::message takes and lets go fails its ask", "[S-13]") {
  support::run_actors<asks_what_takes_any>();
}
TEST_CASE("a circle of asks is told at once where the chain is known", "[S-58]") {
  support::run_actors<asks_in_a_circle>();
}
TEST_CASE("asks that another may still answer are no circle", "[S-58]") {
  support::run_actors<asks_back_and_forth>();
}

}  // namespace ask_test
