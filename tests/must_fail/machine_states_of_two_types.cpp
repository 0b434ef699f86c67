// States of two types in one machine.
// EXPECT: snow: the states of one machine are of one type, that of its first state
#include <snow/cluster.hpp>

enum class light { red, green };
enum class sign { stop };
struct push {};

snow::actor crossing(snow::context& self) {
  int data = 0;
#ifdef SNOW_MUST_FAIL
  co_await snow::state_machine(self, data, light::red,
                               snow::in(light::red, [](push) { return light::green; }),
                               snow::in(sign::stop, [](push) {}));
#else
  co_await snow::state_machine(self, data, light::red,
                               snow::in(light::red, [](push) { return light::green; }),
                               snow::in(light::green, [](push) {}));
#endif
}
