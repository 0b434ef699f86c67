// A message that is no request: it does not say what it is answered with.
// EXPECT: snow: ask<M> takes a request
#include <snow/process.hpp>

#include <cstdint>
#include <string>

struct tally {
  std::string word;
#ifndef SNOW_MUST_FAIL
  using reply_type = std::uint64_t;
#endif
};

snow::actor app(snow::context& self) {
  co_await self.ask<tally>(self.id(), "snow");  // SHOWN
}
