#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"
#include "support/tampering.hpp"
#include "wire/samples.hpp"

// Three nodes talk to each other. One of them knows the cookie, and what it says is spoilt frame by frame, as
// the seed has it: the others must go on with each other as if nothing was, and with it once it behaves.

namespace hostile {

using namespace std::chrono_literals;
using snow::as_result;
using snow::testing::dice;
using support::frame_bytes;

struct line {
  std::uint32_t n = 0;
  std::string text;
};
struct question {
  using reply_type = std::uint32_t;
  std::uint32_t n = 0;
  std::string text;
};

snow::actor server(snow::context& self, snow::pid client) {
  self.monitor(client);
  for (bool ended = false; !ended;)
    co_await self.receive([](line) {}, [](question q) { return q.n + 1; }, [&](snow::down) { ended = true; });
}
SNOW_REGISTER(server);

std::uint32_t doubled(std::uint32_t n) {
  return 2 * n;
}
SNOW_REGISTER(doubled);

struct run_state {
  bool over = false;
  std::uint64_t failures = 0;  ///< between those that keep the rules
  std::uint64_t answers = 0;
};

/// Talks to a node until the run is over; what goes wrong is counted, or else expected.
snow::actor client(snow::context& self, std::string name, run_state* state, std::uint64_t seed, bool counts) {
  dice d{seed};
  auto const fails = [&] { state->failures += counts ? 1 : 0; };
  while (!state->over) {
    snow::duration const pause = d.between(20ms, 200ms);
    co_await self.sleep_for(pause);
    auto connecting = self.node().connect(name).within(2s);
    auto const peer = co_await as_result(std::move(connecting));
    if (!peer) {
      fails();
      continue;
    }
    auto starting = peer->spawn_monitor<server>(self.id()).within(2s);
    auto const made = co_await as_result(std::move(starting));
    if (!made) {
      fails();
      continue;
    }
    std::string const text(d.one_in(4) ? d.below(30'000) : d.below(50), 'x');
    for (std::uint32_t i = 0; i < 3; ++i) {
      self.send<line>(made->pid, i, text);
      auto asking = self.ask<question>(made->pid, i, text).within(2s);
      auto const answer = co_await as_result(std::move(asking));
      if (!answer || *answer != i + 1)
        fails();
      else
        ++state->answers;
    }
    auto calling = peer->call<doubled>(4u).within(2s);
    auto const value = co_await as_result(std::move(calling));
    if (!value || *value != 8) fails();
    self.exit(made->pid, snow::kill);
    bool down = false;
    co_await self.receive([&](snow::down) { down = true; }, snow::after(2s, [] {}));
    if (!down) fails();
    while (down) co_await self.receive([](snow::down) {}, snow::after(0s, [&] { down = false; }));
  }
}

/// What is done to one frame.
void spoil(dice& d, frame_bytes& f, frame_bytes& held) {
  auto const body = support::body_of(f);
  auto const random_bytes = [&](std::size_t n) {
    frame_bytes bytes(n);
    d.fill(bytes);
    return bytes;
  };
  switch (d.below(12)) {
    case 0:  // one bit
      if (!body.empty()) body[d.below(body.size())] ^= static_cast<std::byte>(1u << d.below(8));
      return;
    case 1:  // one byte
      if (!body.empty()) body[d.below(body.size())] = static_cast<std::byte>(d.below(256));
      return;
    case 2:  // cut off
      f.resize(snow::wire::frame_header + d.below(body.size() + 1));
      return support::set_length(f);
    case 3: {  // more behind it
      auto const more = random_bytes(d.size_up_to(300));
      f.insert(f.end(), more.begin(), more.end());
      return support::set_length(f);
    }
    case 4:  // another tag
      f[4] = static_cast<std::byte>(d.one_in(2) ? d.below(0x26) : d.below(256));
      return;
    case 5: {  // nothing but noise
      auto const noise = random_bytes(d.size_up_to(1000));
      f.resize(snow::wire::frame_header);
      f.insert(f.end(), noise.begin(), noise.end());
      return support::set_length(f);
    }
    case 6: {  // twice
      auto const again = f;
      f.insert(f.end(), again.begin(), again.end());
      return;
    }
    case 7:  // never
      return f.clear();
    case 8:  // later
      return std::swap(f, held);
    case 9:  // any length
      d.fill(std::span{f}.first(d.between(1, 4)));
      return;
    case 10:
    case 11: {  // and one of any kind, of which some bytes are others
      static auto const all = samples::all();
      auto const& one = all[d.below(all.size())].frame;
      frame_bytes made(one.span().begin(), one.span().end());
      for (std::uint64_t n = d.below(4); n != 0 && made.size() > snow::wire::frame_header; --n)
        support::body_of(made)[d.below(made.size() - snow::wire::frame_header)] =
            static_cast<std::byte>(d.below(256));
      f.insert(f.end(), made.begin(), made.end());
      return;
    }
  }
}

snow::testing::tampering spoils(std::uint64_t seed) {
  struct state {
    dice d;
    std::uint64_t one_in;
    frame_bytes held{};
  };
  dice d{seed};
  std::uint64_t const one_in = d.size_up_to(100);
  return support::frame_by_frame(
      [s = std::make_shared<state>(state{d.split(), one_in})](frame_bytes& f, std::size_t) {
        // Its proof is good, or it would be nobody's peer.
        auto const t = support::tag_of(f);
        if (t == snow::wire::tag::hello || t == snow::wire::tag::proof || t == snow::wire::tag::open) return;
        if (s->d.one_in(s->one_in)) spoil(s->d, f, s->held);
      });
}

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

}  // namespace hostile

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
