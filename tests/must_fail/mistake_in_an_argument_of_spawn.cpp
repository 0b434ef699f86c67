// An argument that the spawned function does not take.
// EXPECT: snow: an argument does not convert to its parameter
#include <snow/process.hpp>

#include <cstdint>
#include <string>

snow::actor counter(snow::context& self, std::uint64_t start);

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  self.spawn<counter>("ten");  // SHOWN
#else
  self.spawn<counter>(10);
#endif
  co_return;
}
