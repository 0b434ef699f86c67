#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"
#include "support/tampering.hpp"

// A node of another version of the protocol, as docs/protocol.md lets it be.

namespace versions {

using namespace std::chrono_literals;
using snow::as_result;

std::uint32_t doubled(std::uint32_t n) {
  return 2 * n;
}
SNOW_REGISTER(doubled);

struct outcome {
  bool ended = false;
  std::string connect;
  bool answered = false;
  snow::duration took{};
};

snow::actor client(snow::context& self, std::string name, snow::testing::simulation* sim, outcome* out) {
  auto const begun = sim->now();
  auto connecting = self.node().connect(name).within(10s);
  auto const peer = co_await as_result(std::move(connecting));
  out->took = sim->now() - begun;
  out->connect = to_string(peer ? snow::errc::normal : peer.error().which());
  if (peer) {
    auto calling = peer->call<doubled>(21u).within(5s);
    auto const value = co_await as_result(std::move(calling));
    out->answered = value && *value == 42;
  }
  out->ended = true;
}

struct pair {
  snow::testing::simulation sim;
  snow::testing::node& old_one = sim.node("a");
  snow::testing::node& other = sim.node("b");
  std::vector<std::string> log;
  support::hello_forger forger;

  explicit pair(std::function<void(support::frame_bytes&)> change)
      : sim{{.seed = 11, .node = options(log)}},
        forger{"a cookie that both of them know, of 32 bytes", std::move(change)} {
    forger.stand_between(sim, "b", "a");
  }

  static snow::node_options options(std::vector<std::string>& log) {
    snow::node_options o;
    o.cookie = "a cookie that both of them know, of 32 bytes";
    o.log = [&log](const snow::log_record& r) { log.emplace_back(r.text); };
    return o;
  }
  /// The other one comes to the old one.
  outcome meet() {
    outcome out;
    other.spawn<client>(old_one.name(), &sim, &out);
    CHECK(sim.run_until([&] { return out.ended; }));
    return out;
  }
  bool logs(std::string_view text) const {
    return std::any_of(log.begin(), log.end(), [&](auto const& l) { return l.find(text) != l.npos; });
  }
};

namespace {

using namespace std::chrono_literals;
using support::put_versions;
using pair_of_nodes = versions::pair;

}  // namespace

TEST_CASE("a node that speaks later versions too is understood, with all that it adds to its HELLO [S-67]") {
  pair_of_nodes nodes{&support::make_later};
  auto const out = nodes.meet();
  CHECK(out.connect == "normal");
  CHECK(out.answered);
}

TEST_CASE("a node that speaks later versions too is understood by whom it dials and by who dials it [S-67]") {
  pair_of_nodes nodes{&support::make_later};
  versions::outcome out;
  nodes.old_one.spawn<versions::client>(nodes.other.name(), &nodes.sim, &out);
  CHECK(nodes.sim.run_until([&] { return out.ended; }));
  CHECK(out.connect == "normal");
  CHECK(out.answered);
}

TEST_CASE("nodes without a version in common say so to each other at once, and meet when there is one") {
  for (auto const& [first, last] : {std::pair{2u, 7u}, std::pair{0u, 0u}}) {
    pair_of_nodes nodes{[first = first, last = last](auto& hello) { put_versions(hello, first, last); }};
    auto const out = nodes.meet();
    CHECK(out.connect == "bad_version");
    CHECK(out.took < 100ms);
    CHECK(nodes.logs("the peer speaks versions"));
    nodes.sim.heal();  // is brought up to date
    CHECK(nodes.meet().answered);
  }
}

TEST_CASE(
    "a HELLO whose proof is of other versions is refused: nobody between two nodes lowers them [S-59]") {
  snow::testing::simulation sim{{.seed = 12}};
  auto &a = sim.node("a"), &b = sim.node("b");
  sim.tamper("b", "a", [] {
    return support::frame_by_frame([](support::frame_bytes& f, std::size_t n) {
      if (n == 0) f[snow::wire::frame_header + 6] = std::byte{7};  // the last version
    });
  });
  versions::outcome out;
  b.spawn<versions::client>(a.name(), &sim, &out);
  CHECK(sim.run_until([&] { return out.ended; }));
  CHECK(out.connect == "bad_cookie");
}

TEST_CASE("frames that a later version adds and marks as such are skipped [S-67]") {
  snow::testing::simulation sim{{.seed = 13}};
  auto &a = sim.node("a"), &b = sim.node("b");
  for (auto const& [from, to] : {std::pair{"a", "b"}, std::pair{"b", "a"}})
    sim.tamper(from, to, [] {
      return support::frame_by_frame([](support::frame_bytes& f, std::size_t) {
        auto const t = support::tag_of(f);
        if (t == snow::wire::tag::hello || t == snow::wire::tag::proof || t == snow::wire::tag::open) return;
        support::frame_bytes later(snow::wire::frame_header + 100, std::byte{0x5A});
        later[4] = static_cast<std::byte>(0x80 + f.size() % 0x40);
        support::set_length(later);
        f.insert(f.end(), later.begin(), later.end());
      });
    });
  versions::outcome out;
  b.spawn<versions::client>(a.name(), &sim, &out);
  CHECK(sim.run_until([&] { return out.ended; }));
  CHECK(out.connect == "normal");
  CHECK(out.answered);
  sim.run_for(1min);
  CHECK(a->peers().size() == 1);
}

}  // namespace versions
