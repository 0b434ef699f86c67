#include "processes/member.hpp"
#include "support/catch.hpp"

// What names an actor, or the right to answer one, means the same wherever it comes.

namespace {

struct three_members {
  support::member ann{"ann"}, bob{"bob"}, cy{"cy"};

  /// Couriers of ann's on the two others, who know each other.
  three_members() {
    REQUIRE(ann.answer("spawn at_bob courier " + bob.name) == "ok");
    REQUIRE(ann.answer("spawn at_cy courier " + cy.name) == "ok");
    REQUIRE(bob.answer("connect " + cy.name) == "ok");
    REQUIRE(bob.answer("watch " + cy.name) == "ok");
  }
};

}  // namespace

TEST_CASE("a pid forwarded from node to node names the same actor [S-53]", "[processes]") {
  three_members t;
  SECTION("of the node that it comes back to") {
    t.ann.answer("new it");
  }
  SECTION("of a node on the way") {
    REQUIRE(t.ann.answer("spawn it counter " + t.bob.name) == "ok");
  }
  SECTION("of the node that it ends on") {
    REQUIRE(t.ann.answer("spawn it counter " + t.cy.name) == "ok");
  }
  t.ann.ask("parcel it at_bob at_cy");
  CHECK(t.ann.event() == "receipt: it 101");
  t.ann.ask("parcel it at_cy at_bob at_cy");
  CHECK(t.ann.event() == "receipt: it 102");
  CHECK(t.ann.answer("ask it") == "103");
}

TEST_CASE("a reply_to that was handed on answers its asker from wherever it is [S-52]", "[processes]") {
  three_members t;
  CHECK(t.ann.answer("riddle at_bob") == t.bob.name);
  CHECK(t.ann.answer("riddle at_bob at_cy") == t.cy.name);
  CHECK(t.ann.answer("riddle at_bob at_cy at_bob") == t.bob.name);
}

TEST_CASE(
    "an asker whose reply_to is lost on its way ends by its deadline, and one that could not be sent is told "
    "[S-13][S-35]",
    "[processes]") {
  three_members t;
  REQUIRE(t.ann.answer("patience 300") == "ok");
  t.cy.process.stop();
  CHECK(t.ann.answer("riddle at_bob at_cy") == "timed_out");
  t.cy.process.signal(SIGKILL);
  CHECK(t.ann.event() == "end at_cy no_connection");
  CHECK(t.bob.event() == "down " + t.cy.name + " no_connection");
  REQUIRE(t.ann.answer("patience 20000") == "ok");
  CHECK(t.ann.answer("riddle at_bob at_cy") == "abandoned");
}
