#include "snow/node/rate_limit.hpp"

#include "support/catch.hpp"

namespace rate_limit_test {

using namespace std::chrono_literals;

TEST_CASE("a second's worth may come at once, and then one in each of its parts") {
  snow::rate_limit ten{10};
  snow::time_point now{1h};
  CHECK(ten.is_rested(now));
  for (int i = 0; i < 10; ++i) CHECK(ten.take(now));
  CHECK_FALSE(ten.take(now));
  now += 99ms;
  CHECK_FALSE(ten.take(now));
  now += 1ms;
  CHECK(ten.take(now));
  CHECK_FALSE(ten.take(now));
  CHECK_FALSE(ten.is_rested(now));
  now += 1s;
  CHECK(ten.is_rested(now));
  int in_ten_seconds = 0;
  for (auto const end = now + 10s; now < end; now += 1ms) in_ten_seconds += ten.take(now);
  CHECK(in_ten_seconds == 109);
}

TEST_CASE("a limit of none lets none, one of very many all") {
  snow::rate_limit none{0};
  CHECK_FALSE(none.take(snow::time_point{1h}));
  snow::rate_limit all{~std::size_t{0} >> 1};
  for (int i = 0; i < 1000; ++i) REQUIRE(all.take(snow::time_point{1h}));
}

}  // namespace rate_limit_test
