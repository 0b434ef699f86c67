// A temporary function for the blocking pool that holds something that must be destroyed.
// EXPECT: snow: a function that captures something to be destroyed is named first
#include <snow/process.hpp>

#include <string>

snow::actor app(snow::context& self) {
  std::string const text = "snow";
#ifdef SNOW_MUST_FAIL
  co_await self.blocking([text] {});  // SHOWN
#else
  auto const work = [text] {};
  co_await self.blocking(work);
#endif
}
