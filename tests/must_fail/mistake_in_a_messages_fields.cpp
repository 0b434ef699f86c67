// A message built from what its fields do not take.
// EXPECT: snow: the message is built from its fields
#include <snow/process.hpp>

#include <cstdint>
#include <string>

struct tally {
  std::string word;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  self.send<tally>(self.id(), 7);  // SHOWN
#else
  self.send<tally>(self.id(), "seven");
#endif
  co_return;
}
