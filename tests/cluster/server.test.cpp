#include "snow/cluster/server.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace server_test {

struct deposit {
  std::int64_t cents = 0;
};
struct balance {
  using reply_type = std::int64_t;
};
/// Is answered when there is as much.
struct wait_for {
  using reply_type = std::int64_t;
  std::int64_t cents = 0;
};
struct close_it {};
struct fail {
  using reply_type = int;
};
struct unknown {};
struct unknown_request {
  using reply_type = int;
};
struct slowly {
  using reply_type = std::string;
};

/// What `terminate` was told, and when nothing had come.
struct told {
  std::string what;
};

struct account {
  snow::context* self = nullptr;
  snow::pid owner;
  std::int64_t cents = 0;

  void add(const deposit& d) { cents += d.cents; }
  std::int64_t tell(balance) const noexcept { return cents; }
  void idle() { self->send<told>(owner, "idle"); }
  void terminate(const snow::reason& why) { self->send<told>(owner, why.to_string()); }
};

using accounts = snow::takes<deposit, balance, close_it, fail, slowly>;

snow::actor_of<accounts> bank(snow::context& self, snow::pid owner, bool traps) {
  self.trap_exits(traps);
  account state{&self, owner};
  co_await snow::serve(
      self, state, &account::add, &account::tell,
      [&](close_it) -> snow::next {
        if (state.cents != 0) return snow::stop{"there is money left"};
        return snow::stop{};
      },
      [](fail) -> int { throw std::runtime_error{"as asked"}; },
      [&](slowly) -> snow::task<std::string> {
        co_await self.sleep_for(2s);
        co_return "at last";
      },
      snow::after(30s, &account::idle));
  self.send<told>(owner, "served");
}

/// A state that travels.
struct purse {
  std::int64_t cents = 0;
  std::vector<std::string> log;
};

/// Keeps the right to answer until there is enough.
snow::actor lender(snow::context& self) {
  purse state;
  std::vector<std::pair<std::int64_t, snow::reply_to<std::int64_t>>> waiting;
  auto const add = [&](deposit d) -> snow::task<snow::next> {
    co_await self.sleep_for(1ms);
    state.cents += d.cents;
    state.log.push_back("deposit");
    std::erase_if(waiting, [&](auto& w) {
      if (w.first > state.cents) return false;
      w.second(state.cents);
      return true;
    });
    if (state.cents < 0) co_return snow::stop{"in debt"};
    co_return snow::go_on;
  };
  co_await snow::serve(self, state, add, [&](wait_for q, snow::reply_to<std::int64_t> answer) {
    waiting.emplace_back(q.cents, std::move(answer));
  });
}

/// Takes what no other handler takes, and the exits of others.
snow::actor takes_all(snow::context& self, snow::pid owner) {
  self.trap_exits(true);
  int state = 0;
  co_await snow::serve(
      self, state,
      [&](const snow::exit_signal& s) { self.send<told>(owner, "exit " + s.reason.to_string()); },
      [&](const snow::message& m) { self.send<told>(owner, std::string{m.name()}); });
}

struct slow_end {
  snow::context& self;
  snow::pid owner;
  snow::task<> terminate(const snow::reason& why) {
    co_await self.sleep_for(1s);
    self.send<told>(owner, "slowly " + why.to_string());
  }
};
snow::actor ends_slowly(snow::context& self, snow::pid owner) {
  self.trap_exits(true);
  slow_end state{self, owner};
  co_await snow::serve(self, state, [](deposit) { return snow::stop{}; });
}

snow::actor fails_to_start(snow::context& self) {
  co_await self.sleep_for(1s);
  throw std::runtime_error{"no money"};
}

// ---- between two nodes

/// Deposits until it cannot, and counts what was answered.
snow::actor customer(snow::context& self, std::string node, std::int64_t* seen, std::string* end) {
  auto const peer = co_await self.node().connect(node);
  auto const made = co_await peer.spawn_monitor<lender>();
  for (bool lost = false; !lost;) {
    self.send<deposit>(made.pid, 1);
    auto asking = self.ask<snow::get_state<purse>>(made.pid).within(1s);
    auto const state = co_await snow::as_result(std::move(asking));
    if (state) *seen = state->cents;
    co_await self.receive(
        [&](const snow::down& d) {
          *end = d.reason.to_string();
          lost = true;
        },
        snow::after(100ms, [] {}));
  }
}

SNOW_REGISTER(server_test::lender);

TEST_CASE("a server gives each message to the handler of its type, a member function or a closure [S-91]") {
  snow::testing::fixture kit;
  auto& owner = kit.probe("owner");
  auto const made = snow::ref<accounts>::of(kit.spawn<bank>(owner.pid(), false));
  kit.send<deposit>(made, 30);
  kit.send<deposit>(made, 12);
  CHECK(*kit.ask<balance>(made) == 42);
  CHECK(*kit.ask<slowly>(made) == "at last");
  owner.expect_nothing();
}

TEST_CASE("a server's time-out runs when nothing came for so long, and again [S-91]") {
  snow::testing::fixture kit;
  auto& owner = kit.probe("owner");
  auto const made = kit.spawn<bank>(owner.pid(), false);
  kit.advance(29s);
  kit.send<deposit>(made, 1);
  kit.advance(29s);
  owner.expect_nothing();
  kit.advance(1s);
  owner.expect<told>([](auto& t) { return t.what == "idle"; });
  kit.advance(60s);
  owner.expect<told>();
  owner.expect<told>();
  owner.expect_nothing();
}

TEST_CASE("a handler may keep its reply_to and answer later [S-91]") {
  snow::testing::fixture kit;
  auto& asks = kit.probe("asks");
  auto const made = kit.spawn<lender>();
  std::vector<std::future<std::int64_t>> answers;
  answers.push_back(kit.node().ask<wait_for>(made, 5));
  answers.push_back(kit.node().ask<wait_for>(made, 1));
  kit.run();
  auto const ready = [](auto& a) { return a.wait_for(0s) == std::future_status::ready; };
  CHECK_FALSE(ready(answers[1]));
  asks.send<deposit>(made, 2);
  kit.advance(1ms);
  CHECK(ready(answers[1]));
  CHECK_FALSE(ready(answers[0]));
  asks.send<deposit>(made, 3);
  kit.advance(1ms);
  CHECK(answers[0].get() == 5);
  CHECK(answers[1].get() == 2);
}

TEST_CASE(
    "stop ends a server: with normal what follows runs, with another reason the actor ends with it [S-92]") {
  snow::testing::fixture kit;
  auto& owner = kit.probe("owner");
  auto const first = kit.spawn<bank>(owner.pid(), false);
  kit.send<close_it>(first);
  kit.run();
  owner.expect<told>([](auto& t) { return t.what == "normal"; });
  owner.expect<told>([](auto& t) { return t.what == "served"; });
  CHECK(first.exit_reason() == snow::errc::normal);

  auto const second = kit.spawn<bank>(owner.pid(), true);
  kit.send<deposit>(second, 1);
  kit.send<close_it>(second);
  kit.run();
  owner.expect<told>([](auto& t) { return t.what == "user: there is money left"; });
  owner.expect_nothing();
  CHECK(second.exit_reason() == snow::reason{"there is money left"});

  auto const third = kit.spawn<lender>();
  kit.send<deposit>(third, -1);
  kit.advance(1ms);
  CHECK(third.exit_reason() == snow::reason{"in debt"});
}

TEST_CASE("a handler that throws fails its ask, ends its server, and terminate is told [S-92]") {
  snow::testing::fixture kit;
  auto& owner = kit.probe("owner");
  auto const made = kit.spawn<bank>(owner.pid(), false);
  auto const answer = kit.ask<fail>(made);
  CHECK(answer.error() == snow::errc::exception);
  owner.expect<told>([](auto& t) { return t.what == "exception: as asked"; });
  owner.expect_nothing();
  CHECK(made.exit_reason() == snow::reason{snow::errc::exception, "as asked"});
}

TEST_CASE("terminate runs for the exit of the parent if exits are trapped, and not otherwise [S-92]") {
  snow::testing::fixture kit;
  auto& owner = kit.probe("owner");
  auto const traps = owner.spawn<bank>(owner.pid(), true);
  auto const does_not = owner.spawn<bank>(owner.pid(), false);
  kit.run();
  owner.exit(traps, snow::errc::shutdown);
  kit.run();
  owner.expect<told>([](auto& t) { return t.what == "shutdown"; });
  CHECK(traps.exit_reason() == snow::errc::shutdown);
  owner.exit(does_not, snow::errc::shutdown);
  kit.run();
  owner.expect_nothing();
  CHECK(does_not.exit_reason() == snow::errc::shutdown);

  auto const killed = owner.spawn<bank>(owner.pid(), true);
  kit.run();
  owner.exit(killed, snow::kill);
  kit.run();
  owner.expect_nothing();
  CHECK(killed.exit_reason() == snow::errc::killed);

  auto const slow = owner.spawn<ends_slowly>(owner.pid());
  kit.run();
  owner.exit(slow, snow::errc::shutdown);
  kit.run();
  CHECK_FALSE(slow.has_ended());
  kit.advance(1s);
  owner.expect<told>([](auto& t) { return t.what == "slowly shutdown"; });
  CHECK(slow.exit_reason() == snow::errc::shutdown);
}

TEST_CASE("an exit of another than the parent does not stop a server that traps [S-92]") {
  snow::testing::fixture kit;
  auto &owner = kit.probe("owner"), &other = kit.probe("other");
  auto const made = owner.spawn<bank>(owner.pid(), true);
  kit.run();
  other.exit(made, "go away");
  CHECK(*kit.ask<balance>(made) == 0);
  CHECK(kit.node().info().rejected == 1);

  auto const all = owner.spawn<takes_all>(owner.pid());
  kit.run();
  other.exit(all, "go away");
  kit.send<unknown>(all);
  kit.run();
  owner.expect<told>([](auto& t) { return t.what == "exit user: go away"; });
  owner.expect<told>([](auto& t) { return t.what == "server_test::unknown"; });
  owner.exit(all, snow::errc::shutdown);
  kit.run();
  CHECK(all.exit_reason() == snow::errc::shutdown);
}

TEST_CASE("what no handler takes is dropped, counted and logged, and its ask fails at once [S-93]") {
  std::vector<std::string> lines;
  snow::testing::fixture kit{{.node = {.log = [&](const snow::log_record& r) {
                                lines.emplace_back(std::string{r.event} + ": " + std::string{r.text});
                              }}}};
  auto const made = kit.spawn<lender>();
  kit.send<unknown>(made);
  kit.run();
  CHECK(kit.node().info().rejected == 1);
  REQUIRE(!lines.empty());
  CHECK(lines.back() ==
        "message: dropped a message that no handler of the behaviour takes: server_test::unknown");
  CHECK(kit.ask<unknown_request>(made).error() == snow::errc::abandoned);
  CHECK(kit.now() < 1s);
  kit.send<deposit>(made, 1);
  kit.advance(1ms);
  CHECK(kit.ask<snow::get_state<purse>>(made)->cents == 1);
}

TEST_CASE("get_state gives a copy of a server's state [S-93]") {
  snow::testing::fixture kit;
  auto const made = kit.spawn<lender>();
  kit.send<deposit>(made, 7);
  kit.advance(1ms);
  auto const state = kit.ask<snow::get_state<purse>>(made);
  CHECK(state->cents == 7);
  CHECK(state->log == std::vector<std::string>{"deposit"});
  static_assert(snow::portable<snow::get_state<purse>>);
  CHECK(snow::name_of<snow::get_state<purse>> == "snow::get_state of server_test::purse");
}

TEST_CASE("what comes before serve is init: an ask waits for it, and fails with it [S-91]") {
  snow::testing::fixture kit;
  auto const made = kit.spawn<fails_to_start>();
  CHECK(kit.ask<balance>(made).error() == snow::errc::exception);
}

TEST_CASE("a server on another node is asked, watched and lost as any actor [S-91] [S-93]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    snow::testing::simulation sim{{.seed = seed}};
    auto &a = sim.node("a"), &b = sim.node("b");
    std::int64_t seen = 0;
    std::string end;
    auto const client = a.spawn<customer>(b.name(), &seen, &end);
    sim.run_for(2s);
    CHECK(seen > 5);
    CHECK_FALSE(client.has_ended());
    if (seed % 2 == 0)
      sim.partition({"a"}, {"b"});
    else
      sim.crash("b");
    CHECK(sim.run_until([&] { return client.has_ended(); }));
    CHECK(end == "no_connection");
  }
}

}  // namespace server_test
