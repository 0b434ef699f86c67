#include "snow/node/name_table.hpp"

#include "support/catch.hpp"

namespace name_table_test {

TEST_CASE("one incarnation has one number, another incarnation another") {
  snow::name_table t{"a@h:1", 7};
  auto const b = t.intern("b@h:2", 1);
  CHECK(b > snow::this_node);
  CHECK(t.intern("b@h:2", 1) == b);
  CHECK(t.intern("b@h:2", 2) != b);
  CHECK(t.intern("a@h:1", 7) == snow::this_node);
  CHECK(t.intern("a@h:1", 6) > snow::this_node);
}

TEST_CASE("a number spells what it was given for, and nothing else does") {
  snow::name_table t{"a@h:1", 7};
  auto const b = t.intern("b@h:2", 9);
  std::string_view name;
  std::uint64_t creation = 0;
  REQUIRE(t.spell(b, name, creation));
  CHECK(name == "b@h:2");
  CHECK(creation == 9);
  REQUIRE(t.spell(snow::this_node, name, creation));
  CHECK(name == "a@h:1");
  CHECK(creation == 7);
  CHECK_FALSE(t.spell(snow::no_node, name, creation));
  CHECK_FALSE(t.spell(b + 1, name, creation));
}

TEST_CASE("the table stays within its limit, and a number is never given twice [S-6]") {
  snow::name_table t{"a@h:1", 7, 10};
  auto const held = t.hold("held@h:2", 1);
  auto const first = t.intern("first@h:2", 1);
  snow::node_id last = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    auto const id = t.intern("many@h:3", i);
    CHECK(id > last);
    last = id;
  }
  CHECK(t.size() == 10);
  std::string_view name;
  std::uint64_t creation = 0;
  CHECK(t.spell(held, name, creation));
  CHECK_FALSE(t.spell(first, name, creation));
  CHECK(t.intern("first@h:2", 1) > last);
  t.release(held);
  for (std::uint64_t i = 0; i < 10; ++i) t.intern("more@h:3", i);
  CHECK_FALSE(t.spell(held, name, creation));
}

TEST_CASE("what is looked at often is kept longest") {
  snow::name_table t{"a@h:1", 7, 3};
  auto const used = t.intern("used@h:2", 1);
  std::string_view name;
  std::uint64_t creation = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    t.intern("many@h:3", i);
    REQUIRE(t.spell(used, name, creation));
  }
  CHECK(name == "used@h:2");
}

}  // namespace name_table_test
