// A request answered with another type than its reply_type.
// EXPECT: snow: what a handler of a request returns must convert to the request's reply_type
#include <snow/process.hpp>

#include <cstdint>
#include <string>

struct total {
  using reply_type = std::uint64_t;
  std::string word;
};

snow::actor counter(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([&](total q) { return q.word; });  // SHOWN
#else
  co_await self.receive([&](total q) { return q.word.size(); });
#endif
}
