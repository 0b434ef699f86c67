// A double's handler names the message that it takes.
// EXPECT: snow: a double's handler is an ordinary function of one type of message
#include <snow/actor.hpp>
#include <snow/testing.hpp>

struct letter {
  int n = 0;
};

void listens(snow::testing::probe& bank) {
#ifdef SNOW_MUST_FAIL
  bank.on([](const snow::message&) {});  // SHOWN
#else
  bank.on([](letter) {});
#endif
}
