#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

// The orderly end of a simulated node.

namespace stopping {

using namespace std::chrono_literals;
using snow::as_result;

struct question {
  using reply_type = std::uint32_t;
};

/// Answers late.
snow::actor slow(snow::context& self, snow::duration late) {
  self.register_name("slow");
  for (;;)
    co_await self.receive([&](question) -> snow::task<std::uint32_t> {
      co_await self.sleep_for(late);
      co_return 42;
    });
}

/// Asks that one so often, whatever comes of it, and is never at rest.
snow::actor asks(snow::context& self, std::string node, int often, int* answers) {
  auto connecting = self.node().connect(node);
  co_await std::move(connecting);
  while (often-- > 0) {
    auto asking = self.ask<question>(snow::named{"slow", node});
    auto const answer = co_await as_result(std::move(asking));
    if (answer) ++*answers;
  }
}

struct who {
  using reply_type = snow::pid;
};

snow::actor waits(snow::context& self) {
  self.register_name("waits");
  for (;;) co_await self.receive([&](who) { return self.id(); });
}

/// Connects, and writes down what becomes of that node and of its actor "waits".
snow::actor watches(snow::context& self, std::string node, std::vector<std::string>* seen) {
  self.monitor_node(node);
  auto connecting = self.node().connect(node);
  co_await std::move(connecting);
  auto asking = self.ask<who>(snow::named{"waits", node});
  auto const watched = co_await std::move(asking);
  self.monitor(watched);
  for (;;)
    co_await self.receive(
        [&](snow::node_up) { seen->push_back("up"); },
        [&](snow::node_down d) { seen->push_back("node " + std::string{to_string(d.reason.code())}); },
        [&](snow::down d) { seen->push_back(std::string{to_string(d.reason.code())}); });
}

struct letter {
  std::string text;
};

/// Takes no letter.
snow::actor refuses_letters(snow::context& self) {
  self.register_name("refuses");
  co_await self.receive([](who) { return snow::pid{}; });
}
snow::actor sends_letters(snow::context& self, std::string node) {
  auto connecting = self.node().connect(node);
  co_await std::move(connecting);
  for (int i = 0; i < 20; ++i) self.send<letter>(snow::named{"refuses", node}, std::string(100, '.'));
  co_await self.receive([](letter) {});
}

/// Its question waits behind what ends that one.
snow::actor asks_who_ends(snow::context& self, std::string node, snow::errc* why) {
  auto connecting = self.node().connect(node);
  co_await std::move(connecting);
  self.send<who>(snow::named{"refuses", node});
  auto asking = self.ask<question>(snow::named{"refuses", node});
  auto const answer = co_await as_result(std::move(asking));
  if (!answer) *why = answer.error().which();
}

using history = std::vector<std::string>;

struct cluster {
  snow::testing::simulation sim;
  snow::testing::node &a, &b;
  snow::testing::spawned idle;  ///< on b
  history seen;                 ///< of b
  int answers = 0;

  explicit cluster(std::uint64_t seed, std::size_t workers = 1)
      : sim{{.seed = seed, .node = {.workers = workers}}},
        a{sim.node("a")},
        b{sim.node("b")},
        idle{b.spawn<waits>()} {
    a.spawn<slow>(1s);
    a.spawn<watches>(b.name(), &seen);
    sim.run_for(100ms);
  }
};

TEST_CASE("a node that stops lets those finish who have begun, and its peers are told [S-30][S-32]") {
  using namespace stopping;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    cluster c{seed, 1 + seed % 3};
    auto const busy = c.b.spawn<asks>(c.a.name(), 1, &c.answers);
    c.sim.run_for(100ms);
    auto const begun = c.sim.now();
    c.sim.stop("b");
    CHECK(c.b.is_stopping());
    c.sim.run_for(500ms);
    CHECK(c.b.is_running());
    CHECK(c.idle.exit_reason() == snow::errc::shutdown);
    CHECK(!busy.has_ended());
    CHECK(c.sim.run_until([&] { return !c.b.is_running(); }));
    CHECK(c.sim.now() - begun < 1100ms);
    CHECK(busy.exit_reason() == snow::errc::normal);
    CHECK(c.answers == 1);
    CHECK(c.sim.run_until_idle());
    CHECK(c.seen == history{"up", "shutdown", "node shutdown"});

    c.sim.restart("b");
    CHECK(!c.b.is_stopping());
    CHECK(c.sim.run_until_idle());
    CHECK(c.seen == history{"up", "shutdown", "node shutdown", "up"});
  }
}

TEST_CASE("a node whose actors do not come to rest ends when its drain time has passed [S-32][S-35]") {
  using namespace stopping;
  cluster c{21};
  auto const busy = c.b.spawn<asks>(c.a.name(), 1000, &c.answers);
  c.sim.run_for(100ms);
  auto const begun = c.sim.now();
  c.sim.stop("b");
  c.sim.stop("b");
  CHECK(c.sim.run_until([&] { return !c.b.is_running(); }));
  CHECK(c.sim.now() - begun >= 5s);
  CHECK(c.sim.now() - begun < 5100ms);
  CHECK(busy.exit_reason() == snow::errc::killed);
  CHECK(c.answers == 5);
  CHECK(c.sim.run_until_idle());
  CHECK(c.seen == history{"up", "shutdown", "node shutdown"});
}

TEST_CASE("a node that crashes while it stops has said no goodbye, and comes back like any other [S-30]") {
  using namespace stopping;
  cluster c{22};
  auto const busy = c.b.spawn<asks>(c.a.name(), 1, &c.answers);
  c.sim.run_for(100ms);
  c.sim.stop("b");
  c.sim.run_for(100ms);
  c.sim.crash("b");
  CHECK(busy.exit_reason() == snow::errc::killed);
  CHECK(!c.b.is_stopping());
  c.sim.stop("b");
  c.sim.restart("b");
  CHECK(c.sim.run_until_idle());
  CHECK(c.b.is_running());
  CHECK(c.seen == history{"up", "shutdown", "node no_connection", "up"});
}

TEST_CASE("who takes nothing of what a node has sent is told that it stops [S-32]") {
  using namespace stopping;
  snow::testing::simulation sim{{.seed = 24, .node = {.limits = {.mailbox_window = 500}}}};
  auto &a = sim.node("a"), &b = sim.node("b");
  history seen;
  b.spawn<waits>();
  a.spawn<watches>(b.name(), &seen);
  a.spawn<refuses_letters>();
  b.spawn<sends_letters>(a.name());
  sim.run_for(1s);
  CHECK(b->info().sessions.front().waiting_bytes > 0);
  sim.stop("b");
  CHECK(sim.run_until([&] { return !b.is_running(); }, 3s));
  CHECK(sim.run_until_idle());
  CHECK(seen == history{"up", "shutdown", "node shutdown"});
}

TEST_CASE("an ask of another node that its callee's normal end leaves unanswered says so [S-13]") {
  using namespace stopping;
  snow::testing::simulation sim{{.seed = 25}};
  auto &a = sim.node("a"), &b = sim.node("b");
  auto why = snow::errc::killed;
  b.spawn<refuses_letters>();
  a.spawn<asks_who_ends>(b.name(), &why);
  CHECK(sim.run_until_idle());
  CHECK(why == snow::errc::normal);
}

TEST_CASE("nothing is idle before a node that stops has stopped, nor does a paused one stop") {
  using namespace stopping;
  cluster c{23};
  c.b.spawn<asks>(c.a.name(), 3, &c.answers);
  c.sim.run_for(100ms);
  c.sim.pause("b");
  c.sim.stop("b");
  c.sim.run_for(1min);
  CHECK(c.b.is_stopping());
  c.sim.resume("b");
  CHECK(c.sim.run_until_idle());
  CHECK(!c.b.is_running());
}

}  // namespace stopping
