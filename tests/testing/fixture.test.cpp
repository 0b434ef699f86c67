#include "snow/testing/fixture.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "support/catch.hpp"

namespace under_test {

using namespace std::chrono_literals;

struct deposit {
  std::int64_t cents = 0;
};
struct balance {
  using reply_type = std::int64_t;
};
struct audited {
  std::int64_t cents = 0;
  std::string by;
};
struct tick {};
struct close_account {};

/// Keeps an account, and tells an auditor of every deposit.
snow::actor account(snow::context& self, std::int64_t cents, snow::pid auditor) {
  for (bool open = true; open;)
    co_await self.receive(
        [&](deposit d) {
          cents += d.cents;
          self.send<audited>(auditor, cents, "account");
        },
        [&](balance) { return cents; }, [&](close_account) { open = false; });
}

/// Asks another for its balance, within a second, and tells its parent.
snow::actor asks(snow::context& self, snow::pid whom) {
  auto asking = self.ask<balance>(whom).within(1s);
  auto const cents = co_await snow::as_result(std::move(asking));
  if (cents)
    self.send<audited>(self.parent(), *cents, "asks");
  else
    self.send<audited>(self.parent(), -1, cents.error().what());
}

snow::actor by_name(snow::context& self) {
  self.send<deposit>(snow::named{"bank"}, 1);
  auto const cents = co_await self.ask<balance>(snow::named{"bank"});
  self.send<deposit>(snow::named{"bank"}, cents);
}

snow::actor ticks(snow::context& self, snow::pid to) {
  for (;;) {
    co_await self.sleep_for(1s);
    self.send<tick>(to);
  }
}

snow::actor watches(snow::context& self, snow::pid whom, snow::pid told) {
  self.monitor(whom);
  co_await self.receive([&](const snow::down& d) { self.send<audited>(told, 0, d.reason.to_string()); });
}

/// More than the windows of a session hold.
struct page {
  std::string text;
};
snow::actor floods(snow::context& self, snow::pid to) {
  for (int i = 0; i < 1000; ++i) co_await self.send<page>(to, std::string(10'000, '.'));
}

snow::actor silent(snow::context& self) {
  for (;;) co_await self.receive([](tick) {});
}

snow::actor throws_up(snow::context& self) {
  co_await self.receive([](tick) { throw std::runtime_error{"out of luck"}; });
}

snow::actor plays(snow::context& self) {
  for (;;) co_await self.receive([&](snow::pid other) { self.send<snow::pid>(other, self.id()); });
}

snow::actor is_slow(snow::context& self, snow::pid to) {
  auto const seven = co_await self.blocking([] { return 7; });
  self.send<deposit>(to, seven);
}

/// What runs on another node: found by name, watched, asked.
struct whose {
  using reply_type = snow::pid;
  snow::pid asker;
};
snow::actor far(snow::context& self, snow::pid told) {
  snow::named const ledger{"ledger", "b@b:1"};
  self.send<deposit>(ledger, 3);
  auto const there = co_await self.ask<whose>(ledger, self.id());
  self.monitor(there);
  self.send<whose>(there, told);
  co_await self.receive([&](const snow::down& d) { self.send<audited>(told, 0, d.reason.to_string()); });
}

namespace {

using snow::testing::fixture;
using snow::testing::unexpected;

/// What the sentence of a failed expectation says, without its place.
template <class F>
std::string sentence(F f) {
  try {
    f();
  } catch (const unexpected& e) {
    std::string const text = e.what();
    return text.substr(text.find(": ") + 2);
  }
  return "it came";
}

}  // namespace

TEST_CASE("nothing runs before the test says so, and then until nothing is ready") {
  fixture kit;
  auto& auditor = kit.probe("auditor");
  auto const mine = kit.spawn<account>(100, auditor.pid());
  kit.send<deposit>(mine, 5);
  CHECK(auditor.size() == 0);
  kit.run();
  CHECK(auditor.expect<audited>().cents == 105);
  auditor.expect_nothing();
  CHECK(!mine.has_ended());
  CHECK(kit.now() == 0s);
}

TEST_CASE("a step is one actor's, by one message at most") {
  fixture kit;
  auto& auditor = kit.probe();
  auto const one = kit.spawn<account>(0, auditor.pid());
  auto const other = kit.spawn<account>(1000, auditor.pid());
  kit.run();
  for (int i = 1; i <= 2; ++i) {
    kit.send<deposit>(one, i);
    kit.send<deposit>(other, i);
  }
  // One that has more to do lets the others go first.
  for (std::int64_t const cents : {1, 1001, 3, 1003}) {
    CHECK(kit.step());
    auditor.expect(audited{cents, "account"});
    auditor.expect_nothing();
  }
  CHECK(!kit.step());
}

TEST_CASE("virtual time moves to the nanosecond") {
  fixture kit;
  auto& told = kit.probe();
  kit.spawn<ticks>(told.pid());
  kit.run();
  kit.advance(1s - 1ns);
  told.expect_nothing();
  kit.advance(1ns);
  told.expect<tick>();
  kit.advance(1h);
  CHECK(told.size() == 3600);
  CHECK(kit.now() == 1h + 1s);
  CHECK(kit.run_until([&] { return told.size() == 3601; }));
  CHECK(!kit.run_until([&] { return told.size() == 3700; }, 10s));
}

TEST_CASE("an end is seen, with its reason") {
  fixture kit;
  auto const mine = kit.spawn<account>(0, snow::pid{});
  auto const unlucky = kit.spawn<throws_up>();
  auto const killed = kit.spawn<silent>();
  kit.send<close_account>(mine);
  kit.send<tick>(unlucky);
  kit.exit(killed, "enough");
  CHECK(!mine.has_ended());
  kit.run();
  CHECK(mine.exit_reason() == snow::errc::normal);
  CHECK(unlucky.exit_reason() == snow::reason{snow::errc::exception, "out of luck"});
  CHECK(killed.exit_reason() == snow::reason{"enough"});
}

TEST_CASE("a test asks, and time passes until the answer or the deadline") {
  fixture kit;
  auto const mine = kit.spawn<account>(snow::spawn_options{.name = "mine"}, 100, snow::pid{});
  CHECK(*kit.ask<balance>(mine) == 100);
  CHECK(*kit.ask<balance>(snow::named{"mine"}) == 100);
  CHECK(kit.now() == 0s);
  CHECK(kit.ask<balance>(snow::named{"nobody"}).error() == snow::errc::no_process);
  auto const deaf = kit.spawn<silent>();
  CHECK(kit.ask<balance>(deaf).error() == snow::errc::timed_out);
  CHECK(kit.now() == 5s);
}

TEST_CASE("a double is asked, and the test answers, fails it or lets it wait") {
  fixture kit;
  auto& bank = kit.probe("bank");
  auto& parent = kit.probe();
  parent.spawn<asks>(bank.pid());
  kit.run();
  bank.expect<balance>().answer(7);
  kit.run();
  parent.expect(audited{7, "asks"});

  parent.spawn<asks>(bank.pid());
  kit.run();
  bank.expect<balance>().fail(snow::errc::overloaded, "closed today");
  kit.run();
  CHECK(parent.expect<audited>().by.find("closed today") != std::string::npos);

  parent.spawn<asks>(bank.pid());
  kit.run();
  {
    auto const dropped = bank.expect<balance>();
    CHECK(dropped.is_open());
  }
  kit.run();
  CHECK(parent.expect<audited>().by.find("abandoned") != std::string::npos);

  parent.spawn<asks>(bank.pid());
  kit.run();
  auto late = bank.expect<balance>();
  kit.advance(1s);
  CHECK(parent.expect<audited>().by.find("timed_out") != std::string::npos);
  late.answer(7);
  CHECK(!late.is_open());
  kit.run();
  parent.expect_nothing();
}

TEST_CASE("a double answers by itself, under the name that the actor knows") {
  fixture kit;
  auto& bank = kit.probe("bank");
  int asked = 0;
  bank.on([&](balance) { return ++asked, 40; });
  kit.spawn<by_name>();
  kit.run();
  bank.expect(deposit{1});
  bank.expect(deposit{40});
  CHECK(asked == 1);
}

TEST_CASE("a double's handler may answer later, and what it throws leaves the run") {
  fixture kit;
  auto& bank = kit.probe("bank");
  auto& parent = kit.probe();
  {
    snow::reply_to<std::int64_t> later;
    bank.on([&](balance, snow::reply_to<std::int64_t> answer) { later = std::move(answer); });
    parent.spawn<asks>(bank.pid());
    kit.run();
    parent.expect_nothing();
    later(12);
    kit.run();
    parent.expect(audited{12, "asks"});
  }
  bank.on([](deposit) { throw std::runtime_error{"no deposits here"}; });
  kit.send<deposit>(bank, 1);
  kit.spawn<by_name>();
  CHECK_THROWS_WITH(kit.run(), "no deposits here");
  CHECK_THROWS_WITH(kit.run(), "no deposits here");
  kit.run();
}

TEST_CASE("a double sends, exits, monitors, and is monitored") {
  fixture kit;
  auto& bank = kit.probe("bank");
  auto& told = kit.probe();
  auto const watcher = kit.spawn<watches>(bank.pid(), told.pid());
  auto const mine = kit.spawn<account>(0, bank.pid());
  bank.monitor(mine);
  kit.run();
  CHECK(bank.watchers() == std::vector{watcher.pid()});
  bank.send<deposit>(mine, 5);
  kit.run();
  bank.expect(audited{5, "account"});
  bank.exit(mine, "no more");
  kit.run();
  bank.expect<snow::down>(
      [&](const snow::down& d) { return d.pid == mine.pid() && d.reason == snow::reason{"no more"}; });
  kit.exit(bank, "you too");
  kit.run();
  CHECK(bank.expect<snow::exit_signal>().reason == snow::reason{"you too"});
  bank.end("on strike");
  kit.run();
  CHECK(told.expect<audited>().by == "user: on strike");
  CHECK(bank.has_ended());
  CHECK(watcher.has_ended());
  CHECK_THROWS_WITH(bank.send<deposit>(mine, 5), Catch::Contains("the double bank has ended"));
}

TEST_CASE("a double that ends fails what it has not answered, and frees its name") {
  fixture kit;
  auto& bank = kit.probe("bank");
  auto& parent = kit.probe();
  parent.spawn<asks>(bank.pid());
  kit.run();
  kit.exit(bank, snow::kill);
  kit.run();
  CHECK(bank.has_ended());
  CHECK(parent.expect<audited>().by.find("killed") != std::string::npos);
  kit.probe("bank");
  CHECK_THROWS_WITH(kit.probe("bank"), Catch::Contains("name_in_use"));
}

TEST_CASE("what is expected and does not come is told in one sentence") {
  fixture kit;
  auto& bank = kit.probe("bank");
  bank.expect_nothing();
  CHECK(sentence([&] { bank.expect<deposit>(); }) == "bank expected a deposit, and got nothing");
  kit.send<deposit>(bank, 5);
  kit.run();
  CHECK(sentence([&] { bank.expect<audited>(); }) == "bank expected an audited, and got a deposit");
  CHECK(sentence([&] { bank.forbid<deposit>(); }) == "bank expected no deposit, and got one");
  CHECK(sentence([&] { bank.expect_nothing(); }) == "bank expected nothing, and got a deposit");
  CHECK(sentence([&] { bank.find<audited>(); }) == "bank expected an audited somewhere, and got a deposit");
  CHECK(sentence([&] { bank.expect(deposit{6}); }) == "bank expected deposit{6}, and got deposit{5}");
  kit.send<audited>(bank, 5, "me");
  kit.run();
  CHECK(sentence([&] { bank.expect<audited>([](auto& a) { return a.cents == 6; }); }) ==
        "bank expected an audited that the test calls good, and got audited{5, \"me\"}");
  bank.forbid<deposit>();

  kit.spawn<throws_up>();
  CHECK(sentence([&] { bank.expect<audited>(); }) ==
        "bank expected an audited, and got nothing; ready are under_test::throws_up: step() or run() first");
  kit.spawn<ticks>(bank.pid());
  kit.run();
  CHECK(sentence([&] { bank.expect<tick>(); }) ==
        "bank expected a tick, and got nothing; some wait for time to pass: advance() it");
  try {
    bank.expect<tick>();
    FAIL("a tick came");
  } catch (const std::exception& e) {
    CHECK_THAT(e.what(), Catch::Contains("fixture.test.cpp:" + std::to_string(__LINE__ - 3) + ": bank"));
  }
}

TEST_CASE("what is looked for among others is found, and they keep their order") {
  fixture kit;
  auto& bank = kit.probe();
  kit.send<deposit>(bank, 1);
  kit.send<tick>(bank);
  kit.send<deposit>(bank, 2);
  kit.run();
  bank.find<tick>();
  bank.expect(deposit{1});
  bank.expect(deposit{2});
  bank.expect_nothing();
}

TEST_CASE("what actors send is written down: from whom, to whom, what") {
  fixture kit;
  auto& auditor = kit.probe("auditor");
  auto& bank = kit.probe("bank");
  bank.on([](balance) { return 8; });
  auto const& deposits = kit.record<deposit>();
  auto const mine = kit.spawn<account>(snow::spawn_options{.name = "mine"}, 100, auditor.pid());
  kit.send<deposit>(mine, 5);  // by the test: not written down
  bank.send<deposit>(mine, 6);
  auto const other = kit.spawn<by_name>();
  kit.run();
  std::vector<std::string> said;
  for (auto const& m : kit.sent()) said.push_back(m.to_string());
  CHECK(said == std::vector<std::string>{"under_test::by_name sent bank a deposit",
                                         "under_test::by_name asked bank a balance",
                                         "under_test::by_name sent bank a deposit",
                                         "mine sent auditor an audited", "mine sent auditor an audited"});
  CHECK(kit.sent()[3].from == mine.pid());
  CHECK(kit.sent()[3].to == auditor.pid());
  CHECK(kit.sent()[3].is<audited>());
  CHECK(kit.sent()[1].asked);
  REQUIRE(deposits.size() == 2);
  CHECK(deposits[0].value.cents == 1);
  CHECK(deposits[1].value.cents == 8);
  CHECK(deposits[1].from == other.pid());
  CHECK(deposits[1].to == bank.pid());
  kit.forbid<tick>();
  CHECK(sentence([&] { kit.forbid<audited>(); }) == "expected no audited, and mine sent auditor an audited");
  kit.forget_sent();
  kit.forbid<audited>();
}

TEST_CASE("a timer's message and one to nobody are written down too") {
  fixture kit;
  auto const to_itself = kit.spawn<under_test::ticks>(snow::pid{});
  kit.advance(1s);
  REQUIRE(kit.sent().size() == 1);
  CHECK(kit.sent()[0].from == to_itself.pid());
  CHECK(kit.sent()[0].is<tick>());
}

TEST_CASE("a blocking function has returned when nothing is ready any more") {
  fixture kit;
  auto& told = kit.probe();
  kit.spawn<is_slow>(told.pid());
  kit.run();
  told.expect(deposit{7});
}

TEST_CASE("actors that never come to rest are told, not waited for") {
  fixture kit;
  auto const ping = kit.spawn<plays>();
  auto const pong = kit.spawn<plays>();
  kit.send<snow::pid>(ping, pong.pid());
  CHECK_THROWS_WITH(kit.run(),
                    Catch::Contains("100000 steps, and time has not moved: ready are under_test::plays"));
}

TEST_CASE("what stands on another node has doubles there, over a real session") {
  fixture kit;
  auto& ledger = kit.remote("ledger", "b@b:1");
  auto& other = kit.remote("other", "b@b:1");
  auto& told = kit.probe();
  auto const mine = kit.spawn<far>(told.pid());
  kit.run();
  ledger.expect(deposit{3});
  auto question = ledger.expect<whose>();
  CHECK(question->asker == mine.pid());
  question.answer(other.pid());
  kit.run();
  CHECK(other.watchers() == std::vector{mine.pid()});
  other.expect<whose>([&](auto& w) { return w.asker == told.pid(); });

  // What a double there says arrives, and the pids in it mean the same processes here.
  ledger.send<whose>(told, ledger.pid());
  kit.run();
  CHECK(told.expect<whose>()->asker == ledger.pid());
  ledger.send<deposit>(other, 4);
  kit.run();
  other.expect(deposit{4});

  CHECK(kit.sent()[0].to_string() == "under_test::far sent ledger on b@b:1 a deposit");
  CHECK(kit.sent()[2].to_string() == "under_test::far sent other a whose");
  CHECK(kit.now() == 0s);
  kit.crash("b@b:1");
  kit.run();
  CHECK(told.expect<audited>().by == "no_connection");
  CHECK(mine.exit_reason() == snow::errc::normal);
  CHECK(ledger.has_ended());

  // The node comes back as another incarnation.
  auto& again = kit.remote("ledger", "b@b:1");
  CHECK(again.pid() != ledger.pid());
  kit.spawn<far>(told.pid());
  kit.run();
  again.expect(deposit{3});
}

TEST_CASE("a remote double ends, exits and answers by itself") {
  fixture kit;
  auto& ledger = kit.remote("ledger", "b@b:1");
  auto& told = kit.probe();
  ledger.on([&](whose) { return ledger.pid(); });
  auto const mine = kit.spawn<far>(told.pid());
  ledger.monitor(mine);
  auto const unlucky = kit.spawn<silent>();
  ledger.exit(unlucky, "from afar");
  kit.run();
  CHECK(unlucky.exit_reason() == snow::reason{"from afar"});
  kit.exit(mine, "go");
  kit.run();
  ledger.expect(deposit{3});
  ledger.expect<snow::down>([&](auto& d) { return d.pid == mine.pid(); });
  kit.exit(ledger, "and you");
  CHECK_THROWS_WITH(ledger.spawn<silent>(), Catch::Contains("not_allowed"));
  ledger.end();
  CHECK(ledger.has_ended());
}

TEST_CASE("a remote double holds up nobody, however much comes and is not looked at") {
  fixture kit;
  auto& ledger = kit.remote("ledger", "b@b:1");
  auto const sends = kit.spawn<floods>(ledger.pid());
  kit.run();
  CHECK(sends.exit_reason() == snow::errc::normal);
  CHECK(ledger.size() == 1000);
  CHECK(ledger.expect<page>().text.size() == 10'000);
}

TEST_CASE("nodes of doubles have hosts of their own") {
  fixture kit{{.node = {.name = "a@127.0.0.1:4000"}}};
  CHECK(kit.node().name() == "a@127.0.0.1:4000");
  CHECK_THROWS_WITH(kit.remote("x", "b@127.0.0.1:4001"),
                    Catch::Contains("give each node of a fixture its own"));
}

TEST_CASE("a double's handler does not run its kit") {
  fixture kit;
  auto& bank = kit.probe();
  bank.on([&](deposit) { kit.run(); });
  kit.send<deposit>(bank, 1);
  CHECK_THROWS_WITH(kit.run(), Catch::Contains("not_allowed"));
}

TEST_CASE("a node that stops ends the doubles too") {
  fixture kit;
  auto& bank = kit.probe("bank");
  auto const mine = kit.spawn<silent>();
  kit.run();
  kit.node().stop();
  kit.run();
  CHECK(mine.exit_reason() == snow::errc::shutdown);
  CHECK(bank.has_ended());
}

TEST_CASE("kits repeat themselves, one after another in one process [S-70]") {
  auto const run = [](std::uint64_t seed) {
    fixture kit{{.seed = seed}};
    auto& ledger = kit.remote("ledger", "b@b:1");
    kit.spawn<far>(ledger.pid());
    kit.advance(10s);
    return kit.trace_hash();
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("requests that nobody answered outlive their kit") {
  std::vector<snow::testing::asked<balance>> kept;
  fixture kit;
  auto& bank = kit.probe();
  {
    fixture inner;
    auto& lost = inner.probe();
    auto& parent = inner.probe();
    parent.spawn<asks>(lost.pid());
    parent.spawn<asks>(lost.pid());
    inner.run();
    kept.push_back(lost.expect<balance>());
    CHECK(lost.size() == 1);
  }
  CHECK(!kept.front().is_open());
  kept.front().answer(1);
  bank.expect_nothing();
}

}  // namespace under_test
