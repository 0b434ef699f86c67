// A task's value that the pools do not align.
// EXPECT: snow: the value of a task may be aligned to 16 bytes at most
#include <snow/process.hpp>

#ifdef SNOW_MUST_FAIL
struct alignas(64) wide {
#else
struct alignas(16) wide {
#endif
  int n;
};

snow::task<wide> part() {
  co_return wide{1};
}
snow::actor app(snow::context&) {
  auto whole = part();
  co_await std::move(whole);
}
