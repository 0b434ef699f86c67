#include "snow/cluster/state_machine.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace machine_test {

enum class door : std::uint8_t { locked, closed, open };

struct key {
  int code = 0;
};
struct push {};
struct pull {};
struct ring {
  int times = 0;
};
struct knock {
  using reply_type = std::string;
};
struct await_open {
  using reply_type = int;
};
struct fail {};
struct burn {};
struct unknown {};
struct said {
  std::string what;
};

struct house {
  snow::context* self = nullptr;
  snow::pid told;
  std::vector<snow::reply_to<int>> waiting;

  void say(std::string what) { self->send<said>(told, std::move(what)); }
  void locked_now() { say("locked"); }
  void terminate(const snow::reason& why) { say("end: " + why.to_string()); }
};

using doors = snow::takes<key, push, pull, ring, knock, await_open, fail, burn>;

snow::actor_of<doors> front_door(snow::context& self, snow::pid told) {
  self.trap_exits(true);
  house data{&self, told, {}};
  auto const who = [](knock) { return std::string{"who?"}; };
  auto const fails = [](fail) { throw std::runtime_error{"the lock is jammed"}; };
  auto const burns = [](burn) { return snow::stop{"fire"}; };
  auto const waits = [&](await_open, snow::reply_to<int> answer) {
    data.waiting.push_back(std::move(answer));
  };
  co_await snow::state_machine(
      self, data, door::locked,
      snow::in(
          door::locked, snow::on_entry(&house::locked_now),
          [&](key k) -> snow::step<door> {
            if (k.code != 7) return snow::step<door>{snow::go_on}.next_event<ring>(1).next_event<ring>(2);
            return door::closed;
          },
          [&](ring r) { data.say("ring " + std::to_string(r.times)); }, who, fails, burns, waits),
      snow::in(
          door::closed, [](push) { return door::open; }, [](key) { return door::locked; }, who, waits,
          snow::after(60s, [] { return door::locked; })),
      snow::in(
          door::open, snow::on_entry([&]() -> snow::task<> {
            co_await self.sleep_for(1ms);
            data.say("open");
            for (auto& w : data.waiting) w(3);
            data.waiting.clear();
          }),
          snow::state_timeout(10s,
                              [&] {
                                data.say("slams");
                                return door::closed;
                              }),
          [](pull) { return door::closed; }, [](push) {},
          [&](ring) -> snow::task<snow::step<door>> {
            co_await self.sleep_for(1ms);
            data.say("nobody rings at an open door");
            co_return door::open;
          }));
  data.say("demolished");
}

// ---- how often what is counted

struct count {
  int n = 0;
};
struct numbers {
  std::vector<int> seen;
};
/// Takes numbers in the state of their parity only, and moves on by `push`.
snow::actor parities(snow::context& self) {
  numbers data;
  co_await snow::state_machine(
      self, data, std::string{"idle"},
      snow::in(std::string{"idle"}, [](push) { return std::string{"takes"}; }),
      snow::in(
          std::string{"takes"}, [&](count c) { data.seen.push_back(c.n); },
          [](pull) { return std::string{"idle"}; }, [](burn) { return std::string{"nowhere"}; }));
}

// ---- between nodes

/// A light that some other node asks for, in the order in which the questions came.
enum class light : std::uint8_t { red, green };
struct pass {
  using reply_type = int;
};
struct nothing {};
snow::actor_of<snow::takes<pass>> traffic_light(snow::context& self, snow::duration period) {
  nothing data;
  int passed = 0;
  co_await snow::state_machine(self, data, light::red,
                               snow::in(light::red, snow::state_timeout(period, [] { return light::green; })),
                               snow::in(
                                   light::green, [&](pass) { return ++passed; },
                                   snow::state_timeout(period, [] { return light::red; })));
}
snow::actor drives(snow::context& self, std::string node, std::vector<int>* order, std::string* end) {
  auto const peer = co_await self.node().connect(node);
  auto const made = co_await peer.spawn_monitor<traffic_light>(1s);
  for (bool lost = false; !lost;) {
    auto asking = self.ask<pass>(made.pid).within(10s);
    auto const n = co_await snow::as_result(std::move(asking));
    if (n) order->push_back(*n);
    co_await self.receive(
        [&](const snow::down& d) {
          *end = d.reason.to_string();
          lost = true;
        },
        snow::after(300ms, [] {}));
  }
}

SNOW_REGISTER(machine_test::traffic_light);

namespace {

auto const is = [](std::string text) { return [text](const said& s) { return s.what == text; }; };

}  // namespace

TEST_CASE("a machine handles an event by the handler of its state, and enters states [S-94]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const d = snow::ref<doors>::of(kit.spawn<front_door>(told.pid()));
  kit.run();
  told.expect<said>(is("locked"));
  CHECK(*kit.ask<snow::get_state<door>>(d.pid()) == door::locked);
  CHECK(*kit.ask<knock>(d) == "who?");
  kit.send<key>(d, 7);
  kit.send<push>(d);
  kit.advance(1ms);
  told.expect<said>(is("open"));
  CHECK(*kit.ask<snow::get_state<door>>(d.pid()) == door::open);
  kit.send<push>(d);
  kit.send<ring>(d, 1);
  kit.advance(2ms);
  told.expect<said>(is("nobody rings at an open door"));
  told.expect_nothing();  // the state was not entered again
}

TEST_CASE("what a state does not take is postponed, and comes in order in the first that does [S-94]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const d = kit.spawn<front_door>(told.pid());
  kit.send<push>(d);
  kit.send<push>(d);
  kit.send<pull>(d);
  kit.send<key>(d, 7);
  kit.advance(1ms);
  told.expect<said>(is("locked"));
  told.expect<said>(is("open"));
  CHECK(*kit.ask<snow::get_state<door>>(d) == door::closed);

  auto const p = kit.spawn<parities>();
  for (int i = 0; i < 3; ++i) kit.send<count>(p, i);
  kit.run();
  CHECK(kit.ask<snow::get_state<numbers>>(p)->seen.empty());
  kit.send<push>(p);
  kit.send<count>(p, 3);
  kit.send<pull>(p);
  kit.send<count>(p, 4);
  kit.run();
  CHECK(kit.ask<snow::get_state<numbers>>(p)->seen == std::vector{0, 1, 2, 3});
  kit.send<push>(p);
  kit.run();
  CHECK(kit.ask<snow::get_state<numbers>>(p)->seen == std::vector{0, 1, 2, 3, 4});
  CHECK(*kit.ask<snow::get_state<std::string>>(p) == "takes");
  CHECK(kit.node().info().rejected == 0);
}

TEST_CASE("inserted events come before the mail, in their order [S-94]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const d = kit.spawn<front_door>(told.pid());
  kit.send<key>(d, 1);
  kit.send<ring>(d, 9);
  kit.run();
  told.expect<said>(is("locked"));
  told.expect<said>(is("ring 1"));
  told.expect<said>(is("ring 2"));
  told.expect<said>(is("ring 9"));
  told.expect_nothing();
}

TEST_CASE("a state time-out fires once, whatever comes meanwhile, and another state cancels it [S-95]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const d = kit.spawn<front_door>(told.pid());
  kit.send<key>(d, 7);
  kit.send<push>(d);
  kit.advance(1ms);
  told.find<said>();
  told.expect<said>(is("open"));
  for (int i = 0; i < 9; ++i) {
    kit.advance(1s);
    kit.send<push>(d);
  }
  told.expect_nothing();
  kit.advance(1s);
  told.expect<said>(is("slams"));
  CHECK(*kit.ask<snow::get_state<door>>(d) == door::closed);

  kit.send<push>(d);
  kit.advance(9s);
  told.expect<said>(is("open"));
  kit.send<pull>(d);
  kit.send<push>(d);
  kit.advance(5s);  // that of the first visit is gone
  told.expect<said>(is("open"));
  told.expect_nothing();
  kit.advance(5s + 1ms);
  told.expect<said>(is("slams"));
}

TEST_CASE("a state time-out comes after the mail that came before it [S-95]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const d = kit.spawn<front_door>(told.pid());
  kit.send<key>(d, 7);
  kit.send<push>(d);
  kit.advance(10s + 500us);
  told.find<said>();
  told.expect<said>(is("open"));
  kit.send<ring>(d, 1);  // keeps it for 1 ms
  kit.run();
  kit.send<pull>(d);
  kit.send<push>(d);
  kit.advance(1ms);  // the time-out lay behind the two, in the mailbox, when the state was left
  told.expect<said>(is("nobody rings at an open door"));
  kit.advance(9s);
  told.expect<said>(is("open"));
  told.expect_nothing();
  kit.advance(2s);
  told.expect<said>(is("slams"));
}

TEST_CASE("an event time-out fires when nothing that the state takes has come for so long [S-95]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const d = kit.spawn<front_door>(told.pid());
  kit.send<key>(d, 7);
  kit.advance(59s);
  CHECK(*kit.ask<knock>(d) == "who?");
  kit.advance(59s);
  CHECK(*kit.ask<knock>(d) == "who?");
  told.expect<said>(is("locked"));
  told.expect_nothing();
  kit.advance(60s);
  told.expect<said>(is("locked"));
}

TEST_CASE("a machine keeps a reply_to from state to state [S-94]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const d = kit.spawn<front_door>(told.pid());
  auto answer = kit.node().ask<await_open>(d.pid());
  kit.run();
  kit.send<key>(d, 7);
  kit.send<push>(d);
  kit.advance(1ms);
  CHECK(answer.get() == 3);
}

TEST_CASE("a machine ends as a server does [S-92] [S-93]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  auto const burnt = kit.spawn<front_door>(told.pid());
  kit.send<burn>(burnt);
  kit.run();
  told.expect<said>(is("locked"));
  told.expect<said>(is("end: user: fire"));
  CHECK(burnt.exit_reason() == snow::reason{"fire"});

  auto const jammed = kit.spawn<front_door>(told.pid());
  kit.send<unknown>(jammed);
  kit.send<fail>(jammed);
  kit.run();
  told.expect<said>(is("locked"));
  told.expect<said>(is("end: exception: the lock is jammed"));
  CHECK(jammed.exit_reason() == snow::errc::exception);
  CHECK(kit.node().info().rejected == 1);

  auto const asked = told.spawn<front_door>(told.pid());
  kit.run();
  told.exit(asked, snow::errc::shutdown);
  kit.run();
  told.expect<said>(is("locked"));
  told.expect<said>(is("end: shutdown"));
  CHECK(asked.exit_reason() == snow::errc::shutdown);

  auto const lost = kit.spawn<parities>();
  kit.send<push>(lost);
  kit.send<burn>(lost);
  kit.run();
  CHECK(lost.exit_reason() == snow::errc::exception);
}

TEST_CASE(
    "a machine on another node answers when its state lets it, until the network breaks [S-94] [S-95]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    snow::testing::simulation sim{{.seed = seed}};
    auto &a = sim.node("a"), &b = sim.node("b");
    std::vector<int> order;
    std::string end;
    auto const client = a.spawn<drives>(b.name(), &order, &end);
    sim.run_for(10s);
    REQUIRE(order.size() > 5);
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == static_cast<int>(i) + 1);
    if (seed % 2 == 0)
      sim.partition({"a"}, {"b"});
    else
      sim.crash("b");
    CHECK(sim.run_until([&] { return client.has_ended(); }));
    CHECK(end == "no_connection");
  }
}

}  // namespace machine_test
