#pragma once
#include <snow/actor.hpp>
#include <cstdint>
#include <map>
#include <string>

struct tally { std::string word; };                                        // a message: any aggregate
struct total { using reply_type = std::uint64_t; std::string word; };      // a request: says what it is answered with

inline snow::actor counter(snow::context& self, std::uint64_t start) {     // an actor: a coroutine
  std::map<std::string, std::uint64_t> seen;
  for (;;)
    co_await self.receive(
      [&](tally t) { ++seen[t.word]; },
      [&](total q) { return start + seen[q.word]; });                      // returning answers the request
}
SNOW_REGISTER(counter);

inline std::uint64_t square(std::uint64_t x) { return x * x; }             // a plain function is callable remotely as it is
SNOW_REGISTER(square);
