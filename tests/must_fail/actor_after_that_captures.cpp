// A bound whose function holds something that must be destroyed.
// EXPECT: snow: after\(\) takes a function that captures nothing that must be destroyed
#include <snow/process.hpp>

#include <chrono>
#include <string>

struct tally {
  std::string word;
};

snow::actor app(snow::context& self) {
  std::string const text = "nothing came";
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](tally) {}, snow::after(std::chrono::seconds{1}, [text] {}));  // SHOWN
#else
  auto const then = [text] {};
  co_await self.receive([](tally) {}, snow::after(std::chrono::seconds{1}, then));
#endif
}
