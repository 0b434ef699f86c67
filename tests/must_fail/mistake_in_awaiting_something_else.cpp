// An awaitable that is not snow's.
// EXPECT: snow: an actor awaits snow's operations only
#include <coroutine>
#include <snow/process.hpp>

#include <cstdint>
#include <string>

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await std::suspend_always{};  // SHOWN
#else
  co_await self.sleep_for(std::chrono::milliseconds{1});
#endif
}
