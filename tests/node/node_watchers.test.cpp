#include "snow/node/node_watchers.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

namespace watching_nodes {

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

}  // namespace watching_nodes

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
