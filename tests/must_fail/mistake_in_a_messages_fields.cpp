// A message built from what its fields do not take.
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
