#include <string>
#include <string_view>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

// Two nodes get to know each other, start an actor, ask it, watch it end and call a function; a connection
// breaks after n bytes, for each n until nothing is left to break.

namespace cuts {

using namespace std::chrono_literals;
using snow::as_result;

struct question {
  using reply_type = std::uint32_t;
  std::uint32_t n = 0;
};

/// Lives as long as who started it: not even its pid may have come through.
snow::actor server(snow::context& self, snow::pid client) {
  self.monitor(client);
  for (bool ended = false; !ended;)
    co_await self.receive([](question q) { return q.n + 1; }, [&](snow::down) { ended = true; });
}
SNOW_REGISTER(server);

std::uint32_t doubled(std::uint32_t n) {
  return 2 * n;
}
SNOW_REGISTER(doubled);

struct told {
  bool ended = false;
  bool whole = true;  ///< nothing failed
  int downs = 0;
};

bool by_network(const snow::error& e) {
  return e == snow::errc::no_connection || e == snow::errc::timed_out;
}

snow::actor client(snow::context& self, std::string name, told* t) {
  auto const fails = [t](const snow::error& e) {
    INFO(e.what());
    CHECK(by_network(e));
    t->whole = false;
  };
  auto const hear = [&self, t](snow::duration d) -> snow::task<void> {
    co_await self.receive([t](snow::down) { ++t->downs; }, snow::after(d, [] {}));
  };
  auto connecting = self.node().connect(name).within(3s);
  auto const peer = co_await as_result(std::move(connecting));
  if (!peer) {
    fails(peer.error());
  } else {
    auto starting = peer->spawn_monitor<server>(self.id()).within(3s);
    auto const made = co_await as_result(std::move(starting));
    if (!made) {
      fails(made.error());
    } else {
      auto asking = self.ask<question>(made->pid, 6u).within(3s);
      auto const answer = co_await as_result(std::move(asking));
      if (answer)
        CHECK(*answer == 7);
      else
        fails(answer.error());
      self.exit(made->pid, snow::kill);
      co_await hear(1min);
      CHECK(t->downs == 1);
    }
    auto calling = peer->call<doubled>(21u).within(3s);
    auto const value = co_await as_result(std::move(calling));
    if (value)
      CHECK(*value == 42);
    else
      fails(value.error());
    co_await hear(100ms);
    CHECK(t->downs <= 1);  // a second one would be there by now
  }
  t->ended = true;
}

void check_nothing_left(snow::testing::node& n) {
  auto const info = n->info();
  CHECK(info.actors.empty());
  for (auto const& s : info.sessions) {
    CHECK(s.pending_requests == 0);
    CHECK(s.monitors == 0);
    CHECK(s.waiting_bytes == 0);
  }
}

enum class way { reset, lose };

/// False: nothing was there to break.
bool survives(way how, const std::string& from, const std::string& to, std::uint64_t bytes) {
  snow::testing::simulation sim{{.seed = bytes}};
  bool broken = false;
  sim.trace().show([&](std::string_view line) {
    broken = broken || line.find(" loses ") != line.npos || line.find(" into the void") != line.npos;
  });
  auto &a = sim.node("a"), &b = sim.node("b");
  if (how == way::reset)
    sim.reset_after(from, to, bytes);
  else
    sim.lose_after(from, to, bytes);
  for (bool const first : {true, false}) {
    told t;
    a.spawn<client>(b.name(), &t);
    CHECK(sim.run_until([&] { return t.ended; }, 2min));
    if (!first) CHECK(t.whole);
    sim.heal();  // later heartbeats are not cut
    CHECK(sim.run_until_idle());
  }
  check_nothing_left(a);
  check_nothing_left(b);
  return broken;
}

void break_everywhere(way how) {
  for (auto const& [from, to] : {std::pair{"a", "b"}, std::pair{"b", "a"}}) {
    std::uint64_t bytes = 0;
    while (survives(how, from, to, bytes)) ++bytes;
    INFO(bytes << " bytes from " << from);
    CHECK(bytes > 250);
  }
}

TEST_CASE("a connection that is reset at any byte keeps every promise [S-11][S-16][S-22][S-29][S-48]") {
  cuts::break_everywhere(cuts::way::reset);
}

TEST_CASE(
    "a connection that is lost in silence at any byte keeps every promise [S-11][S-16][S-22][S-29][S-57]") {
  cuts::break_everywhere(cuts::way::lose);
}

}  // namespace cuts
