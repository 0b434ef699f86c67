// One argument too few.
// EXPECT: snow: the function takes another number of arguments
#include <snow/process.hpp>

#include <cstdint>
#include <string>

snow::actor counter(snow::context& self, std::uint64_t start);

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  self.spawn<counter>();  // SHOWN
#else
  self.spawn<counter>(10);
#endif
  co_return;
}
