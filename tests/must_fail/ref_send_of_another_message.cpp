// A message that the actor behind a reference does not take.
// EXPECT: snow: the actor behind this snow::ref does not take this message: add it to the snow::takes<...>
// that EXPECT: must_take<coin,
#include <snow/process.hpp>

#include <string>

struct tally {
  std::string word;
};
struct coin {};

snow::actor_of<snow::takes<tally>> counter(snow::context& self) {
  co_await self.receive([](tally) {});
}

snow::actor app(snow::context& self) {
  auto const to = self.spawn<counter>();
  co_await self.send<tally>(to, "snow");
  self.send<coin>(to.pid());
#ifdef SNOW_MUST_FAIL
  self.send<coin>(to);  // SHOWN
#endif
}
