#include "snow/node/node_watchers.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

namespace watching_nodes {

struct honest {};

snow::actor watches(snow::context& self, bool by_name, std::vector<std::string>* seen) {
  self.monitor_nodes();
  if (by_name) self.monitor_node("b@b:1");
  for (bool more = true; more;)
    co_await self.receive([&](snow::node_up n) { seen->push_back("up " + n.name); },
                          [&](snow::node_down n) {
                            seen->push_back("down " + n.name);
                            more = n.name != "c@c:1";
                          });
  self.monitor_nodes(false);
  co_await self.receive([&](snow::node_up n) { seen->push_back("up " + n.name); });
}
snow::actor connects(snow::context& self, std::string name) {
  co_await self.node().connect(name);
}

/// Takes what a node says of others, and one message.
snow::actor believes(snow::context& self, std::vector<std::string>* seen) {
  self.register_name("victim");
  for (;;)
    co_await self.receive([&](snow::node_up) { seen->push_back("up"); },
                          [&](snow::node_down) { seen->push_back("down of a node"); },
                          [&](snow::down) { seen->push_back("down"); },
                          [&](snow::exit_signal) { seen->push_back("exit"); },
                          [&](honest) { seen->push_back("honest"); });
}
snow::actor forges(snow::context& self) {
  co_await self.node().connect("a@a:1");
  snow::named const victim{"victim", "a@a:1"};
  self.send<snow::node_up>(victim, "b@b:1");
  snow::node_down const gone{"b@b:1", snow::errc::no_connection};
  self.send(victim, gone);
  snow::down const end{{1, self.id()}, self.id(), snow::errc::killed};
  self.send(victim, end);
  snow::exit_signal const exit{self.id(), snow::errc::killed};
  self.send(victim, exit);
  self.send<honest>(victim);
}

TEST_CASE("who watches every node is told of each, once, until it says that it is enough") {
  using namespace std::chrono_literals;
  bool const by_name = GENERATE(false, true);
  snow::testing::simulation sim;
  std::vector<std::string> seen;
  auto& a = sim.node("a");
  a.spawn<watching_nodes::watches>(by_name, &seen);
  for (auto const* id : {"b", "c"}) sim.node(id);
  sim.run_for(1ms);
  for (auto const* other : {"b@b:1", "c@c:1"}) {
    a.spawn<watching_nodes::connects>(other);
    sim.run_for(1s);
  }
  sim.crash("c");
  sim.run_for(1min);
  sim.restart("c");
  sim.run_for(1min);
  CHECK(seen == std::vector<std::string>{"up b@b:1", "up c@c:1", "down c@c:1"});
}

TEST_CASE("no peer makes an actor believe that a process or a node is gone [S-54]") {
  using namespace std::chrono_literals;
  snow::testing::simulation sim;
  std::vector<std::string> seen;
  auto& a = sim.node("a");
  a.spawn<watching_nodes::believes>(&seen);
  sim.node("b").spawn<watching_nodes::forges>();
  sim.run_for(1s);
  CHECK(seen == std::vector<std::string>{"honest"});
  CHECK(a->info().rejected == 4);
}

}  // namespace watching_nodes
