#include "snow/node/linked_pairs.hpp"

#include "support/catch.hpp"

namespace linked_pairs_test {

namespace {

using added = snow::linked_pairs::added;
constexpr snow::pid own(std::uint32_t n) {
  return {snow::this_node, n, 1};
}
constexpr snow::pid other(std::uint32_t n) {
  return {7, n, 1};
}

}  // namespace

TEST_CASE("the end of a session breaks each pair that is linked, or on its way to be", "[S-25][S-71]") {
  snow::linked_pairs p{10};
  CHECK(p.add(own(1), other(1)) == added::yes);
  CHECK(p.add(own(1), other(1)) == added::yes);
  CHECK(p.link_arrives(own(2), other(2)) == added::yes);
  CHECK(p.add(own(3), other(3)) == added::yes);
  p.remove(own(3), other(3));
  CHECK(p.size() == 2);
  auto const all = p.close();
  REQUIRE(all.size() == 2);
  CHECK(all[0] == std::pair{own(1), other(1)});
  CHECK(all[1] == std::pair{own(2), other(2)});
  CHECK(p.add(own(1), other(1)) == added::closed);
  CHECK(p.close().empty());
}

TEST_CASE("a pair whose own end has let go stays as long as a LINK is on its way", "[S-47]") {
  snow::linked_pairs p{10};
  p.add(own(1), other(1));
  CHECK(p.link_arrives(own(1), other(1)) == added::yes);
  CHECK(p.link_arrives(own(1), other(1)) == added::yes);
  p.remove(own(1), other(1));
  p.link_taken(own(1), other(1), false);
  CHECK(p.size() == 1);
  p.link_taken(own(1), other(1), true);
  CHECK(p.size() == 1);
  p.remove(own(1), other(1));
  CHECK(p.size() == 0);
  p.link_arrives(own(1), other(1));
  p.link_taken(own(1), other(1), false);
  CHECK(p.size() == 0);
}

TEST_CASE("a session has as many links as it may, and no more under way than twice that", "[S-36][S-40]") {
  snow::linked_pairs p{2};
  CHECK(p.add(own(1), other(1)) == added::yes);
  CHECK(p.link_arrives(own(2), other(2)) == added::yes);
  CHECK_FALSE(p.takes_more());
  CHECK(p.add(own(3), other(3)) == added::full);
  CHECK(p.add(own(2), other(2)) == added::yes);
  CHECK(p.link_arrives(own(1), other(1)) == added::yes);  // it is there already
  CHECK(p.link_arrives(own(3), other(3)) == added::full);
  p.link_taken(own(3), other(3), false);  // refused
  CHECK(p.size() == 2);
  CHECK(p.unlink_arrives() == added::yes);
  CHECK(p.link_arrives(own(1), other(1)) == added::yes);
  CHECK(p.unlink_arrives() == added::beyond);
  for (int i = 0; i < 4; ++i) p.unlink_taken();
  CHECK(p.unlink_arrives() == added::yes);
}

}  // namespace linked_pairs_test
