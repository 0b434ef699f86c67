// The first program of the README, in one file.
#include <fmt/core.h>

#include <cstdint>
#include <map>
#include <snow/actor.hpp>
#include <string>

struct tally {
  std::string word;
};
struct total {
  using reply_type = std::uint64_t;
  std::string word;
};

inline snow::actor counter(snow::context& self, std::uint64_t start) {
  std::map<std::string, std::uint64_t> seen;
  for (;;)
    co_await self.receive([&](tally t) { ++seen[t.word]; }, [&](total q) { return start + seen[q.word]; });
}
SNOW_REGISTER(counter);

inline std::uint64_t square(std::uint64_t x) {
  return x * x;
}
SNOW_REGISTER(square);

snow::actor app(snow::context& self) {
  auto peer = co_await self.node().connect("b@127.0.0.1:4001");
  auto pid = co_await peer.spawn<counter>(10);
  self.send<tally>(pid, "snow");
  auto n = co_await self.ask<total>(pid, "snow");
  auto nine = co_await peer.call<square>(3);
  fmt::print("{} {}\n", n, nine);
}

int main() {
  snow::node node{{.name = "a@127.0.0.1:4000", .cookie = "only-for-this-example"}};
  return node.run<app>();
}
