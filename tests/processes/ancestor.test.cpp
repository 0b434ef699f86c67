#include <string>

#include "processes/member.hpp"
#include "support/catch.hpp"
#include "support/raw_peer.hpp"

// Faults of the ancestor (tests/testing/ancestor.test.cpp) that only sockets show.

namespace {

namespace wire = snow::wire;
using support::raw_peer;
using support::raw_socket;
using namespace std::chrono_literals;

raw_peer dials(const support::member& m, const std::string& id) {
  return {raw_socket::dial(m.port.number()), id + "@h:1", m.name};
}

}  // namespace

TEST_CASE("one idle client stopped all accepts [S-39][S-40]", "[processes]") {
  support::member ann{"ann", {"handshake=600000"}};  // nobody is cut off for being slow
  auto silent = raw_socket::dial(ann.port.number());
  auto slow = raw_socket::dial(ann.port.number());
  slow.write("\x20");
  auto dawdling = dials(ann, "dawdling");
  dawdling.shake_hands(wire::handshake::state::expecting_proof);
  for (int i = 0; i < 3; ++i) {
    auto served = dials(ann, "a" + std::to_string(i));
    served.shake_hands();
    CHECK(served.is_answered());
  }
  for (auto const* idle : {&silent, &slow, &dawdling.socket()}) CHECK_FALSE(idle->readable_within(0ms));
}

TEST_CASE("a read time-out in mid-frame lost framing [S-7]", "[processes]") {
  support::member ann{"ann", {"heartbeat=1000"}};
  auto p = dials(ann, "aaron");
  p.shake_hands();
  std::uint64_t number = 4711;
  for (std::size_t const cut : {1u, 4u, 6u}) {
    INFO("cut after " << cut << " bytes");
    snow::byte_buffer out;
    wire::put(out, wire::ping{++number});
    REQUIRE(out.span().size() > cut);
    p.socket().write(out.span().first(cut));
    p.expect<wire::ping>();  // the time of a heartbeat is over
    p.socket().write(out.span().subspan(cut));
    CHECK(p.expect<wire::pong>().number == number);
    CHECK(p.is_answered());
  }
}
