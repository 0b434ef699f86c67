#include "counting.hpp"
#include <fmt/core.h>

snow::actor app(snow::context& self) {
  auto peer = co_await self.node().connect("b@127.0.0.1:4001");
  auto pid  = co_await peer.spawn<counter>(10);            // arguments are checked by the compiler
  self.send<tally>(pid, "snow");                          // built in place, in the mailbox or in the outgoing buffer
  auto n    = co_await self.ask<total>(pid, "snow");       // std::uint64_t, from total::reply_type
  auto nine = co_await peer.call<square>(3);               // spawn, run, return the value
  fmt::print("{} {}\n", n, nine);                          // 11 9
}

int main() {
  snow::node node{{.name = "a@127.0.0.1:4000", .cookie = "only-for-this-example"}};
  return node.run<app>();                                  // 0 when app ended normally; the failure is printed otherwise
}
