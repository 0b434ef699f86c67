#include "snow/node/served.hpp"

#include <algorithm>
#include <optional>
#include <snow/actor.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"

namespace served_test {

std::uint64_t square(std::uint64_t x) {
  return x * x;
}
SNOW_REGISTER(square);
std::uint64_t cube(std::uint64_t x) {
  return x * x * x;
}
SNOW_REGISTER(cube);
std::uint64_t unknown(std::uint64_t x) {
  return x;
}
std::uint64_t reshaped(std::uint32_t x) {
  return x;
}

namespace {

/// Known to the others of its program by a name that means another function there.
snow::function_key const wanted_otherwise{[]() noexcept { return std::string_view{"served_test::square"}; },
                                          &snow::detail::signature_text<&reshaped>,
                                          snow::detail::signature_of<&reshaped>};

struct two_nodes {
  support::reserved_port a, b;
  std::string name_a = a.node_name("a"), name_b = b.node_name("b");
  snow::node server;

  explicit two_nodes(std::vector<snow::function_key> allow = {})
      : server{{.name = name_b, .cookie = "a cookie", .allow = std::move(allow), .workers = 1}} {
    server.start();
  }
  snow::node_options client(std::vector<snow::function_key> require = {}) const {
    return {.name = name_a, .cookie = "a cookie", .require = std::move(require), .workers = 1};
  }
};

std::vector<snow::served_function> listed;
std::vector<bool> answers;
std::optional<snow::error> failure;
snow::node_info seen_here;

snow::actor lists(snow::context& self, std::string other) {
  auto const peer = co_await self.node().connect(other);
  listed = co_await peer.functions();
  answers.push_back(co_await peer.serves<square>());
  answers.push_back(co_await peer.serves<unknown>());
  answers.push_back(co_await peer.serves(wanted_otherwise));
}

snow::actor calls(snow::context& self, std::string other) {
  auto const peer = co_await self.node().connect(other);
  CHECK(co_await peer.call<square>(3) == 9);
  auto const refused = co_await snow::as_result(peer.call<cube>(3));
  if (!refused) failure = refused.error();
  listed = co_await peer.functions();
}

snow::actor connects(snow::context& self, std::string other) {
  auto const peer = co_await snow::as_result(self.node().connect(other));
  if (!peer) failure = peer.error();
}

snow::actor looks(snow::context& self, std::string other) {
  auto const peer = co_await self.node().connect(other);
  CHECK(co_await peer.call<square>(3) == 9);
  seen_here = self.node().info();
}

bool lists_function(std::string_view name) {
  return std::any_of(listed.begin(), listed.end(), [&](auto const& f) { return f.name == name; });
}

}  // namespace

TEST_CASE("a peer says which functions it serves, and whether it serves one as it is known here", "[node]") {
  two_nodes nodes;
  snow::node client{nodes.client()};
  answers.clear();
  REQUIRE(client.run<lists>(nodes.name_b) == 0);
  CHECK(answers == std::vector{true, false, false});
  auto const f = std::find_if(listed.begin(), listed.end(),
                              [](auto const& each) { return each.name == "served_test::square"; });
  REQUIRE(f != listed.end());
  CHECK(f->signature == snow::detail::signature_text<&square>());
  CHECK(f->fingerprint == snow::detail::signature_of<&square>);
  CHECK(f->kind == snow::function_kind::plain);
  CHECK(f->file.find("served.test.cpp") != std::string::npos);
  CHECK_FALSE(lists_function("snow::functions"));
}

TEST_CASE("what a node does not allow is started by no other node, and is not listed", "[node][S-20]") {
  two_nodes nodes{{snow::function<square>}};
  snow::node client{nodes.client()};
  failure.reset();
  REQUIRE(client.run<calls>(nodes.name_b) == 0);
  REQUIRE(failure);
  CHECK(failure->which() == snow::errc::not_allowed);
  CHECK(lists_function("served_test::square"));
  CHECK_FALSE(lists_function("served_test::cube"));
}

TEST_CASE("connect names every required function that the peer lacks or has with another signature",
          "[node]") {
  two_nodes nodes;
  failure.reset();
  {
    snow::node client{nodes.client({snow::function<square>, snow::function<unknown>, wanted_otherwise})};
    REQUIRE(client.run<connects>(nodes.name_b) == 0);
  }
  REQUIRE(failure);
  CHECK(failure->which() == snow::errc::function_not_found);
  CHECK(failure->details().find("lacks served_test::unknown") != std::string::npos);
  CHECK(failure->details().find("has served_test::square as (u64)->u64") != std::string::npos);
  failure.reset();
  {
    snow::node client{nodes.client({wanted_otherwise})};
    REQUIRE(client.run<connects>(nodes.name_b) == 0);
  }
  REQUIRE(failure);
  CHECK(failure->which() == snow::errc::signature_mismatch);
}

TEST_CASE("connect succeeds where the peer serves all that is required", "[node]") {
  two_nodes nodes;
  snow::node client{nodes.client({snow::function<square>, snow::function<cube>})};
  failure.reset();
  REQUIRE(client.run<connects>(nodes.name_b) == 0);
  CHECK_FALSE(failure);
}

TEST_CASE("a node tells of its actors and its sessions", "[node]") {
  two_nodes nodes;
  snow::node client{nodes.client()};
  REQUIRE(client.run<looks>(nodes.name_b) == 0);
  CHECK(seen_here.name == nodes.name_a);
  CHECK(seen_here.workers == 1);
  CHECK(std::any_of(seen_here.actors.begin(), seen_here.actors.end(),
                    [](auto const& a) { return a.function.find("looks") != std::string::npos; }));
  REQUIRE(seen_here.sessions.size() == 1);
  snow::session_info const& s = seen_here.sessions.front();
  CHECK(s.peer == nodes.name_b);
  CHECK(s.address == "127.0.0.1");
  CHECK(s.sent_bytes > 0);
  CHECK(s.received_bytes > 0);
  CHECK(s.pending_requests == 0);
}

}  // namespace served_test
