// The service: gives out tickets, one after the other. The nodes on which it may run, its supervisor and its clients
// include this.
#pragma once
#include <snow/cluster.hpp>

#include <cstdint>
#include <string>

struct ticket {
  std::uint64_t epoch = 0;   // of the service that gave it: each start has a greater one
  std::uint64_t number = 0;  // within the epoch
  std::string node;
  bool is_after(const ticket& t) const { return epoch != t.epoch ? epoch > t.epoch : number > t.number; }
};
struct next_ticket { using reply_type = ticket; };

// Its supervisor fills the epoch in. It ends with the link to the supervisor, when either is out of reach.
inline snow::actor tickets(snow::context& self, snow::epoch epoch) {
  for (std::uint64_t number = 0;;)
    co_await self.receive([&](next_ticket) { return ticket{epoch.number, ++number, self.node().name()}; });
}
SNOW_REGISTER(tickets);
