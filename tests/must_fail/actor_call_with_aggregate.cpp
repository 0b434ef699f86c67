// A temporary aggregate as an argument.
// EXPECT: snow: pass an aggregate with members that must be destroyed by name
#include <snow/process.hpp>

#include <string>

struct word {
  std::string text;
};
int length(const word& w);

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.call<length>(word{"snow"});  // SHOWN
#else
  word const w{"snow"};
  co_await self.call<length>(w);
#endif
}
