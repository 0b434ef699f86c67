// A receive with two bounds.
// EXPECT: snow: one receive has one snow::after
#include <snow/process.hpp>

#include <chrono>

struct tally {
  int n;
};

snow::actor app(snow::context& self) {
  using namespace std::chrono_literals;
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](tally) {}, snow::after(1s, [] {}), snow::after(2s, [] {}));  // SHOWN
#else
  co_await self.receive([](tally) {}, snow::after(1s, [] {}));
#endif
}
