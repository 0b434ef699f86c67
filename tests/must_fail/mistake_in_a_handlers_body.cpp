// A misspelt member, inside a handler.
#include <snow/process.hpp>

#include <cstdint>
#include <string>

struct tally {
  std::string word;
};

snow::actor counter(snow::context& self) {
  std::string seen;
  co_await self.receive([&](tally t) {
#ifdef SNOW_MUST_FAIL
    seen += t.wrod;  // SHOWN
#else
    seen += t.word;
#endif
  });
}
