#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"
#include "support/hostile.hpp"

// Three nodes talk to each other. One of them knows the cookie, and what it says is spoilt frame by frame, as
// the seed has it: the others must go on with each other as if nothing was, and with it once it behaves.

namespace hostile {

/// How often a session ended by what.
using ends = std::map<std::string, int>;

void run(std::uint64_t seed, ends& seen) {
  INFO("seed " << seed);
  std::vector<std::string> const ids{"a", "b", "e"};
  auto drawn = snow::testing::swarm::draw(seed, ids, 5s).options;
  drawn.weather.reset_one_in = drawn.weather.refuse_one_in = drawn.weather.hang_one_in = 0;
  drawn.pace.stall_one_in = 0;
  drawn.node.limits.half_open = snow::limits{}.half_open;
  drawn.node.log = [&seen](const snow::log_record& r) {
    std::string const text{r.text};
    if (r.event != "session" || text.find("has ended") == text.npos) return;
    ++seen[text.substr(text.rfind(": ") + 2)];
  };
  snow::testing::simulation sim{drawn};
  std::map<std::string, snow::testing::node*> nodes;
  for (auto const& id : ids) nodes[id] = &sim.node(id);

  dice d{seed};
  for (auto const& to : {"a", "b"}) sim.tamper("e", to, [&d] { return spoils(d.next()); });
  run_state state;
  std::vector<snow::testing::spawned> clients;
  for (auto const& from : ids)
    for (auto const& to : ids)
      if (from != to)
        clients.push_back(
            nodes[from]->spawn<client>(nodes[to]->name(), &state, d.next(), from != "e" && to != "e"));
  auto const all_ended = [&] {
    return std::all_of(clients.begin(), clients.end(), [](auto const& c) { return c.has_ended(); });
  };

  sim.run_for(3s);
  state.over = true;
  CHECK(sim.run_until(all_ended, 1min));
  CHECK(state.failures == 0);
  CHECK(state.answers > 0);

  sim.heal();
  for (auto const& to : {"a", "b"}) sim.reset("e", to);
  CHECK(sim.run_until_idle());
  for (auto const& [id, n] : nodes) {
    auto const info = (*n)->info();
    CHECK(info.actors.empty());
    for (auto const& s : info.sessions) {
      CHECK(s.pending_requests == 0);
      CHECK(s.monitors == 0);
    }
  }

  // From now on it keeps the rules.
  state = {};
  for (auto const& to : {"a", "b"})
    clients.push_back(nodes["e"]->spawn<client>(nodes[to]->name(), &state, d.next(), true));
  sim.run_for(2s);
  state.over = true;
  CHECK(sim.run_until(all_ended, 1min));
  CHECK(state.failures == 0);
  CHECK(state.answers > 0);
}

TEST_CASE(
    "a peer that knows the cookie and keeps no rule harms its own sessions alone [S-35][S-36][S-40][S-54]") {
  hostile::ends seen;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) hostile::run(seed, seen);
  CHECK(seen["protocol_violation"] > 10);
  for (auto const& [why, n] : seen) {
    INFO(why << ' ' << n);
    CHECK((why == "protocol_violation" || why == "no_connection" || why == "shutdown" || why == "timed_out" ||
           why == "overloaded" || why == "duplicate" || why == "name_in_use"));
  }
}

}  // namespace hostile
