// A temporary handler that holds something that must be destroyed.
// EXPECT: snow: a handler that captures something to be destroyed is named first
#include <snow/process.hpp>

#include <string>

struct tally {
  int n;
};

snow::actor app(snow::context& self) {
  std::string const text = "snow";
#ifdef SNOW_MUST_FAIL
  co_await self.receive([text](tally) {});  // SHOWN
#else
  auto const handler = [text](tally) {};
  co_await self.receive(handler);
#endif
}
