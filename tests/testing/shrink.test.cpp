#include "snow/testing/shrink.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "support/catch.hpp"

namespace shrink_test {

namespace {

using namespace std::chrono_literals;
using snow::testing::course;
using snow::testing::fault;

std::vector<fault> ten_faults() {
  std::vector<fault> all;
  for (int i = 0; i < 10; ++i)
    all.push_back({fault::kind::pause, i * 1s, 100ms, std::string(1, char('a' + i)), {}, 0});
  return all;
}
bool has(const course& c, std::string_view a) {
  return std::any_of(c.faults.begin(), c.faults.end(), [&](const fault& f) { return f.a == a; });
}

}  // namespace

TEST_CASE("what a failure does not need is left out: faults, and time") {
  int runs = 0;
  auto const small = snow::testing::shrink({ten_faults(), 30s}, [&](const course& c) {
    ++runs;
    return has(c, "c") && has(c, "e") && c.lasts >= 4'500ms;
  });
  REQUIRE(small.faults.size() == 2);
  CHECK(small.faults[0].a == "c");
  CHECK(small.faults[1].a == "e");
  CHECK(small.lasts >= 4'500ms);
  CHECK(small.lasts < 4'502ms);
  CHECK(runs < 60);
}

TEST_CASE("a failure that needs nothing is shrunk to nothing, and one that needs all is left as it was") {
  auto const nothing = snow::testing::shrink({ten_faults(), 30s}, [](const course&) { return true; });
  CHECK(nothing.faults.empty());
  CHECK(nothing.lasts <= 1ms);
  auto const all = snow::testing::shrink(
      {ten_faults(), 30s}, [](const course& c) { return c.faults.size() == 10 && c.lasts == 30s; });
  CHECK(all.faults == ten_faults());
  CHECK(all.lasts == 30s);
}

TEST_CASE("what is needed only for as long as another is there goes after it") {
  // The second is needed in a long run alone.
  auto const small = snow::testing::shrink(
      {ten_faults(), 30s}, [](const course& c) { return has(c, "b") && (has(c, "d") || c.lasts < 10s); });
  REQUIRE(small.faults.size() == 1);
  CHECK(small.faults[0].a == "b");
}

TEST_CASE("a fault says in one line what it is") {
  CHECK(fault{fault::kind::reset_after, 1'500ms, {}, "a", "b", 77}.to_string() ==
        "1500 ms: reset_after a b 77 bytes");
  CHECK(fault{fault::kind::drift, 2s, 3s, "c", {}, -500}.to_string() ==
        "2000 ms: drift c -500 ppm for 3000 ms");
  CHECK(fault{fault::kind::twin, 2s, 3s, "c", "d", 0}.to_string() == "2000 ms: twin c d for 3000 ms");
}

}  // namespace shrink_test
