#include <functional>
#include <set>

#include "processes/member.hpp"
#include "support/catch.hpp"
#include "support/raw_peer.hpp"

// Peers that stop, fall silent, die and come back: whoever waits for them is told, by its deadline.

namespace {

namespace wire = snow::wire;
using state = wire::handshake::state;
using support::raw_peer;
using namespace std::chrono_literals;

/// What a deadline of 300 ms may take on a busy machine.
constexpr auto soon = 20s;

template <class F>
auto time_of(F f) {
  auto const begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::steady_clock::now() - begin;
}

}  // namespace

TEST_CASE(
    "everything that waits for a stopped peer ends by its deadline, and a peer that goes on was not lost "
    "[S-11][S-16][S-35]",
    "[processes]") {
  support::member ann{"ann"}, bob{"bob"};
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  REQUIRE(ann.answer("patience 300") == "ok");
  bob.process.stop();
  for (auto const& command :
       {std::string{"ask it"}, "call 0 " + bob.name, "spawn that counter " + bob.name}) {
    INFO(command);
    std::string answer;
    auto const taken = time_of([&] { answer = ann.answer(command); });
    CHECK(answer == "timed_out");
    CHECK(taken >= 300ms);
    CHECK(taken < soon);
  }
  bob.process.resume();
  REQUIRE(ann.answer("patience 20000") == "ok");
  // The ask of before was handled, at most once, and its late answer is nobody's (S-12, S-48).
  CHECK(ann.answer("ask it") == "102");
  CHECK(ann.answer("call 0 " + bob.name) == "ok");
}

TEST_CASE(
    "a peer that is stopped for too long is lost, told once, and found again when it goes on [S-22][S-25]",
    "[processes]") {
  std::vector<std::string> const fast{"heartbeat=100", "handshake=500"};
  support::member ann{"ann", fast}, bob{"bob", fast};
  REQUIRE(ann.answer("watch " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  CHECK(ann.event() == "up " + bob.name);
  REQUIRE(ann.answer("monitor it") == "ok");
  REQUIRE(bob.answer("watch " + ann.name) == "ok");
  bob.process.stop();
  CHECK(ann.event() == "end it no_connection");
  CHECK(ann.event() == "end it no_connection");
  CHECK(ann.event() == "down " + bob.name + " no_connection");
  bob.process.resume();
  CHECK(ann.event() == "up " + bob.name);
  CHECK(bob.event() == "down " + ann.name + " no_connection");
  CHECK(bob.event() == "up " + ann.name);
  // The same incarnation: its actors live.
  CHECK(ann.answer("ask it") == "101");
}

TEST_CASE("what timed_out or no_connection has come of has run once or not at all [S-48]", "[processes]") {
  std::vector<std::string> const fast{"heartbeat=100", "handshake=500"};
  support::member ann{"ann", fast}, bob{"bob"};
  REQUIRE(ann.answer("watch " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  CHECK(ann.event() == "up " + bob.name);
  std::uint64_t asked = 0, answered = 0;
  auto const ask = [&] {
    auto const value = std::stoull(ann.answer("ask it"));
    CHECK(value >= 100 + ++answered);
    CHECK(value <= 100 + ++asked);
  };
  ask();
  for (int round = 0; round < 3; ++round) {
    bob.process.stop();
    REQUIRE(ann.answer("patience 50") == "ok");  // the connection is lost later
    CHECK(ann.answer("ask it") == "timed_out");
    REQUIRE(ann.answer("patience 20000") == "ok");
    CHECK(ann.answer("ask it") == "no_connection");
    asked += 2;
    CHECK(ann.event() == "end it no_connection");
    CHECK(ann.event() == "down " + bob.name + " no_connection");
    bob.process.resume();
    CHECK(ann.event() == "up " + bob.name);
    // The session of before may still bring what lay in the socket; whoever asks now is answered for itself.
    ask();
    REQUIRE(ann.answer("monitor it") == "ok");
  }
}

namespace {

/// A peer that keeps up with the protocol so far, and then either says nothing more or closes.
struct stage {
  std::string up_to;
  std::function<void(raw_peer&)> act;
};
const std::vector<stage> stages_of_the_handshake{
    {"the connection", [](raw_peer&) {}},
    {"its peer's HELLO", [](raw_peer& p) { p.shake_hands(state::expecting_proof); }},
    {"its own HELLO",
     [](raw_peer& p) {
       p.shake_hands(state::expecting_proof);
       p.say();
     }},
    {"its peer's PROOF", [](raw_peer& p) { p.shake_hands(state::proved); }},
    {"its own PROOF",
     [](raw_peer& p) {
       p.shake_hands(state::proved);
       p.say();
     }},
};

}  // namespace

TEST_CASE("whoever falls silent in the middle of a handshake is given up by the deadline [S-35]",
          "[processes]") {
  support::member ann{"ann", {"handshake=100"}};
  REQUIRE(ann.answer("patience 300") == "ok");
  for (auto const& s : stages_of_the_handshake)
    for (bool const ann_opens : {true, false}) {
      INFO(s.up_to << (ann_opens ? ", of the name that waits" : ", of the name that opens"));
      support::raw_listener there;
      auto const name = there.node_name(ann_opens ? "zoe" : "aaron");
      ann.ask("connect " + name);
      raw_peer p{there.accept(), name, ""};
      s.act(p);
      auto const answer = ann.answer_to("connect");
      // The smaller name is connected as soon as it has said OPEN.
      CHECK(answer == (ann_opens && s.up_to == "its own PROOF" ? "ok" : "timed_out"));
      ann.ask("disconnect " + name);
    }
}

TEST_CASE("whoever dies in the middle of a handshake is dialled again until the deadline [S-35]",
          "[processes]") {
  support::member ann{"ann"};
  for (auto const& s : stages_of_the_handshake) {
    INFO(s.up_to);
    support::raw_listener there;
    auto const name = there.node_name("aaron");
    ann.ask("connect " + name);
    {
      raw_peer p{there.accept(), name, ""};
      s.act(p);
    }
    raw_peer again{there.accept(), name, ""};
    again.shake_hands();
    CHECK(ann.answer_to("connect") == "ok");
    ann.answer("disconnect " + name);
    again.expect<wire::goodbye>();
  }
}

TEST_CASE(
    "whoever dies in the middle of a spawn or a call leaves no_connection, who falls silent a deadline "
    "[S-16][S-35][S-68]",
    "[processes]") {
  support::member ann{"ann"};
  support::raw_listener there;
  auto const name = there.node_name("aaron");
  // Until `talk` returns, the peer is connected.
  auto const while_connected = [&](auto talk) {
    REQUIRE(ann.answer("patience 20000") == "ok");
    ann.ask("connect " + name);
    raw_peer p{there.accept(), name, ""};
    p.shake_hands();
    REQUIRE(ann.answer_to("connect") == "ok");
    talk(p);
  };
  auto const reply = [](raw_peer& p) {
    wire::spawn_reply r;
    r.request = p.expect<wire::spawn>().request;
    r.started = {1, 1};
    p.put(r);
  };
  std::string const spawn = "spawn it counter " + name, call = "call 0 " + name;
  while_connected([&](raw_peer& p) {
    REQUIRE(ann.answer("patience 300") == "ok");
    for (auto const& command : {spawn, call}) {
      ann.ask(command);
      auto const request = p.expect<wire::spawn>().request;
      CHECK(ann.answer_to(command) == "timed_out");
      CHECK(p.expect<wire::abandon>().request == request);
    }
    ann.ask(call);
    reply(p);
    CHECK(ann.answer_to(call) == "timed_out");
    p.expect<wire::abandon>();
    REQUIRE(ann.answer("patience 20000") == "ok");
    ann.ask(spawn);
    p.expect<wire::spawn>();
  });
  CHECK(ann.answer_to(spawn) == "no_connection");
  while_connected([&](raw_peer& p) {
    ann.ask(call);
    p.expect<wire::spawn>();
  });
  CHECK(ann.answer_to(call) == "no_connection");
  while_connected([&](raw_peer& p) {
    ann.ask(call);
    reply(p);
  });
  CHECK(ann.answer_to(call) == "no_connection");
  while_connected([&](raw_peer& p) {
    ann.ask(spawn);
    reply(p);
    CHECK(ann.answer_to(spawn) == "ok");
  });
  CHECK(ann.event() == "end it no_connection");
  CHECK(ann.answer("ask it") == "no_connection");
}

TEST_CASE(
    "a node that starts again is another one: down, then up, and nothing of before reaches it [S-6][S-30]",
    "[processes]") {
  support::member ann{"ann"}, bob{"bob"};
  REQUIRE(ann.answer("watch " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  CHECK(ann.event() == "up " + bob.name);
  for (std::string const old : {"old", "older"}) {
    bob.restart();
    CHECK(ann.event() == "end it no_connection");
    CHECK(ann.event() == "down " + bob.name + " no_connection");
    CHECK(ann.event() == "up " + bob.name);
    // The new one has an actor where the old one had it.
    CHECK(ann.answer("ask it") == "no_connection");
    REQUIRE(ann.answer("monitor it") == "ok");
    CHECK(ann.event() == "end it no_connection");
    REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
    CHECK(ann.answer("ask it") == "101");
  }
}

TEST_CASE("a disconnect gives each monitor its one down, then the node's, then nothing [S-22][S-25][S-26]",
          "[processes]") {
  support::member ann{"ann"}, bob{"bob"};
  REQUIRE(ann.answer("watch " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn that counter " + bob.name) == "ok");
  REQUIRE(ann.answer("monitor it") == "ok");
  CHECK(ann.event() == "up " + bob.name);
  bob.process.signal(SIGKILL);
  std::multiset<std::string> ends{ann.event(), ann.event(), ann.event()};
  CHECK(ends ==
        std::multiset<std::string>{"end it no_connection", "end it no_connection", "end that no_connection"});
  CHECK(ann.event() == "down " + bob.name + " no_connection");
  bob.restart();
  CHECK(ann.event() == "up " + bob.name);
  REQUIRE(ann.answer("new mark").size() > 2);
  CHECK(ann.answer("ask mark") == "101");
  CHECK(ann.told().empty());
}

TEST_CASE("an orderly leave is told as shutdown [S-32]", "[processes]") {
  support::member ann{"ann"}, bob{"bob"};
  REQUIRE(ann.answer("watch " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  CHECK(ann.event() == "up " + bob.name);
  bob.process.close_input();
  CHECK(ann.event() == "end it shutdown");
  CHECK(ann.event() == "down " + bob.name + " shutdown");
  CHECK(bob.process.wait() == support::exited(0));
}
