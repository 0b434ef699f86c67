// A state with two state time-outs.
// EXPECT: snow: a state has one snow::on_entry and one snow::state_timeout at most
#include <snow/cluster.hpp>

#include <chrono>

snow::actor light(snow::context& self) {
  using namespace std::chrono_literals;
  int data = 0;
  auto const on = [] { return true; };
#ifdef SNOW_MUST_FAIL
  co_await snow::state_machine(
      self, data, false, snow::in(false, snow::state_timeout(1s, on), snow::state_timeout(2s, on)));  // SHOWN
#else
  co_await snow::state_machine(self, data, false, snow::in(false, snow::state_timeout(1s, on)));
#endif
}
