#include "snow/wire/windows.hpp"

#include <vector>

#include "support/catch.hpp"

namespace windows_test {

namespace {

using namespace std::chrono_literals;
namespace wire = snow::wire;
using wire::credit;
using wire::process;

process const a{1, 1}, b{2, 1}, c{3, 1};
snow::time_point const start{};

struct told {
  std::uint64_t session = 0;
  std::vector<credit::grant> targets;
};

told take(wire::receive_windows& w) {
  told all;
  for (credit one; w.take(one);) {
    all.session += one.session;
    all.targets.insert(all.targets.end(), one.targets.begin(), one.targets.end());
  }
  return all;
}

TEST_CASE("a window is open while anything of it is left, so every size gets through [S-62]") {
  wire::send_windows w{1'000, 100, 7};
  CHECK(w.is_open());
  CHECK(w.is_open(a));
  w.spend(a, 99);
  CHECK(w.is_open(a));
  w.spend(a, 5'000);
  CHECK_FALSE(w.is_open(a));
  CHECK_FALSE(w.is_open());
  CHECK(w.is_open(b));  // which helps it nothing: the session's is closed
}

TEST_CASE("credit opens what it is for, and a window that is whole again is forgotten") {
  wire::send_windows w{1'000, 100, 7};
  w.spend(a, 100);
  w.spend(b, 150);
  CHECK(w.used() == 250);
  credit one{60, {}};
  one.targets.push_back({a, 60});
  REQUIRE(w.credited(one));
  CHECK(w.is_open(a));
  CHECK_FALSE(w.is_open(b));
  CHECK(w.used() == 190);
  credit rest{190, {}};
  rest.targets.push_back({a, 40});
  rest.targets.push_back({b, 150});
  REQUIRE(w.credited(rest));
  CHECK(w.targets() == 0);
}

TEST_CASE("credit for more than was sent is a violation") {
  auto const credited = [](credit given) {
    wire::send_windows w{1'000, 100, 7};
    w.spend(a, 50);
    return w.credited(given);
  };
  CHECK_FALSE(credited({51, {}}));
  CHECK_FALSE(credited({~std::uint64_t{0}, {}}));
  credit too_much;
  too_much.targets.push_back({a, 51});
  CHECK_FALSE(credited(too_much));
  credit of_another;
  of_another.targets.push_back({b, 1});
  CHECK_FALSE(credited(of_another));
  credit twice;
  twice.targets.push_back({a, 50});
  twice.targets.push_back({a, 50});
  CHECK_FALSE(credited(twice));
}

TEST_CASE("a message without a window is a violation, of the target's or of the session's") {
  wire::receive_windows w{1'000, 100, 7};
  CHECK(w.arrived(a, 90, start));
  CHECK(w.arrived(a, 500, start));  // the last one overdraws
  CHECK_FALSE(w.arrived(a, 1, start));
  CHECK(w.arrived(b, 1'000, start));
  CHECK_FALSE(w.arrived(c, 1, start));
}

TEST_CASE("what has left a mailbox counts until the sender was told") {
  wire::receive_windows w{1'000, 100, 7};
  CHECK(w.arrived(a, 100, start));
  w.left(a, 100, start);
  CHECK_FALSE(w.arrived(a, 1, start));

  CHECK(take(w).session == 100);
  CHECK(w.arrived(a, 1, start));
}

TEST_CASE("CREDIT is due when a quarter of a window can be given back, and not for each message") {
  wire::receive_windows w{1'000'000, 100'000, 7};
  int credits = 0;
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(w.arrived(a, 100, start));
    w.left(a, 100, start);
    if (!w.is_due()) continue;
    ++credits;
    auto const given = take(w);
    CHECK(given.session > 25'000);
    CHECK(given.targets.size() == 1);
  }
  CHECK(credits == 39);
}

TEST_CASE("CREDIT is due early where the sender cannot go on") {
  wire::receive_windows w{1'000'000, 6'400, 7};
  for (int i = 0; i < 64; ++i) REQUIRE(w.arrived(a, 100, start));
  w.left(a, 100, start);
  CHECK_FALSE(w.is_due());
  w.left(a, 100, start);
  CHECK(w.is_due());
}

TEST_CASE("many targets that are each owed little make a session's CREDIT") {
  wire::receive_windows w{1'000'000, 1'000'000, 7};
  for (std::uint32_t i = 0; i < 100; ++i) {
    REQUIRE(w.arrived({i, 1}, 3'000, start));
    w.left({i, 1}, 3'000, start);
    if (w.is_due()) break;
  }
  CHECK(w.is_due());
  CHECK(w.used() == 84 * 3'000);
  auto const all = take(w);
  CHECK(all.session == 84 * 3'000);
  CHECK(all.targets.size() == 84);
  CHECK(w.targets() == 0);
  CHECK_FALSE(w.is_due());
}

TEST_CASE("a peer that writes to ever new targets costs a bounded number of windows [S-36]") {
  wire::receive_windows w{64 << 20, 1 << 20, 7};
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    REQUIRE(w.arrived({i, 1}, 65, start));
    w.left({i, 1}, 65, start);
    most = std::max(most, w.targets());
    if (w.is_due()) take(w);
  }
  CHECK(most <= wire::receive_windows::most_owing);
}

TEST_CASE("an actor whose window is exhausted and who takes nothing is stalled [S-61]") {
  wire::receive_windows w{1'000, 100, 7};
  REQUIRE(w.arrived(a, 60, start));
  REQUIRE(w.arrived(b, 60, start));
  REQUIRE(w.arrived(a, 60, start + 5s));
  CHECK(w.stalled(start + 34s, 30s).empty());
  CHECK(w.stalled(start + 35s, 30s) == std::vector{a});  // b's is not exhausted
  w.left(a, 60, start + 35s);
  CHECK(w.stalled(start + 64s, 30s).empty());
}

TEST_CASE("when the session's window is exhausted, those that hold most of it are stalled") {
  wire::receive_windows w{1'000, 900, 7};
  REQUIRE(w.arrived(a, 300, start));
  REQUIRE(w.arrived(b, 500, start));
  REQUIRE(w.arrived(c, 100, start));
  CHECK(w.stalled(start + 100s, 30s).empty());
  REQUIRE(w.arrived(c, 100, start + 5s));
  CHECK(w.stalled(start + 34s, 30s).empty());
  CHECK(w.stalled(start + 35s, 30s) == std::vector{b});
  w.left(b, 1, start + 35s);  // who takes something is not to blame
  CHECK(w.stalled(start + 36s, 30s) == std::vector{a, c});
}

TEST_CASE("a name has a window of its own, which is no process's") {
  CHECK(wire::process_of_name("log") == wire::process_of_name("log"));
  CHECK(wire::process_of_name("log") != wire::process_of_name("lag"));
  CHECK(wire::process_of_name("log").slot == ~std::uint32_t{0});
}

}  // namespace

}  // namespace windows_test
