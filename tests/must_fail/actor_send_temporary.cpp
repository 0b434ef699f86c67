// A temporary message.
// EXPECT: snow: a message is built in place, as in send<M>\(to, fields...\), or named first
#include <snow/process.hpp>

#include <string>

struct tally {
  std::string word;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.send(self.id(), tally{"snow"});  // SHOWN
#else
  co_await self.send<tally>(self.id(), "snow");
  tally const named{"snow"};
  co_await self.send(self.id(), named);
  co_await self.send(self.id(), self.id());
#endif
}
