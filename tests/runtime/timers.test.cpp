#include "snow/runtime/timers.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace timers_test {

using namespace std::chrono_literals;

namespace {

constexpr snow::time_point at(int ms) {
  return snow::time_point{std::chrono::milliseconds{ms}};
}

void arm(snow::timers& all, snow::timer& t, int ms) {
  t.deadline = at(ms);
  all.arm(t);
}

}  // namespace

TEST_CASE("no timer is due before its deadline, and each is due at it", "[S-15]") {
  snow::timers all;
  snow::timer a;
  CHECK(all.next() == snow::time_point::max());
  arm(all, a, 5);
  CHECK(all.next() == at(5));
  CHECK(all.due(at(5) - 1ns) == nullptr);
  CHECK(all.due(at(5)) == &a);
  CHECK(all.empty());
  CHECK(all.due(snow::time_point::max()) == nullptr);
}

TEST_CASE("timers are due in the order of their deadlines, equal ones in that of their arming", "[S-15]") {
  snow::timers all;
  snow::timer late, first, second, early;
  arm(all, late, 9);
  arm(all, first, 5);
  arm(all, second, 5);
  arm(all, early, 1);
  for (snow::timer* const expected : {&early, &first, &second, &late}) CHECK(all.due(at(9)) == expected);
}

TEST_CASE("a removed timer is never due; the others keep their order", "[S-15]") {
  std::mt19937 random{7};
  for (int round = 0; round < 50; ++round) {
    snow::timers all;
    std::vector<std::unique_ptr<snow::timer>> made;
    for (int i = 0; i < 200; ++i) {
      made.push_back(std::make_unique<snow::timer>());
      arm(all, *made.back(), static_cast<int>(random() % 50));
    }
    std::vector<snow::timer*> left;
    for (auto const& t : made) {
      if (random() % 2) {
        all.remove(*t);
      } else {
        left.push_back(t.get());
      }
    }
    CHECK(all.size() == left.size());
    std::stable_sort(left.begin(), left.end(), [](auto* a, auto* b) { return a->deadline < b->deadline; });
    std::vector<snow::timer*> fired;
    for (int now = 0; now < 50; ++now)
      while (snow::timer* const t = all.due(at(now))) {
        CHECK(t->deadline == at(now));
        fired.push_back(t);
      }
    CHECK(fired == left);
  }
}

}  // namespace timers_test
