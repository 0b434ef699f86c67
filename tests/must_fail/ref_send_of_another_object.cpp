// The same with a named object, and with a timer.
// EXPECT: snow: the actor behind this snow::ref does not take this message
// EXPECT: must_take<coin,
#include <snow/process.hpp>

#include <chrono>

struct tally {};
struct cent {};
struct coin {};

snow::actor_of<snow::takes<tally>> counter(snow::context& self) {
  co_await self.receive([](tally) {});
}

snow::actor app(snow::context& self) {
  using namespace std::chrono_literals;
  auto const to = self.spawn<counter>();
  self.send_after<tally>(1s, to);
  coin const c;
  self.send(to.pid(), c);
#ifdef SNOW_MUST_FAIL
  self.send_after<cent>(1s, to);  // SHOWN
  self.send(to, c);               // SHOWN
#endif
  co_return;
}
