// A temporary aggregate as the field of a message.
// EXPECT: snow: pass an aggregate with members that must be destroyed by name
#include <snow/process.hpp>

#include <string>

struct word {
  std::string text;
};
struct tally {
  word w;
  int n;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.send<tally>(self.id(), word{"snow"}, 1);  // SHOWN
#else
  word const w{"snow"};
  co_await self.send<tally>(self.id(), w, 1);
#endif
}
