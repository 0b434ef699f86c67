// What the programs of the tour share. docs/tour.md explains it line by line.
#pragma once
#include <snow/actor.hpp>
#include <cstdint>
#include <stdexcept>

struct deposit { std::int64_t cents; };
struct balance { using reply_type = std::int64_t; };

inline snow::actor account(snow::context& self, std::int64_t cents) {
  for (;;)
    co_await self.receive(
        [&](deposit d) { cents += d.cents; },
        [&](balance) { return cents; });
}

inline std::int64_t interest(std::int64_t cents, int percent) {
  if (percent < 0) throw std::invalid_argument{"this bank takes nothing for keeping"};
  return cents * percent / 100;
}

SNOW_REGISTER(account, interest);
