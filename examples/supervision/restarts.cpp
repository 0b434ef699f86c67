// A ledger that fails and is started again, and rates that stand behind it, under one supervisor. The last function
// is of the same with rates on another node; docs/otp.md prints both.
#include <fmt/core.h>
#include <snow/actor.hpp>
#include <snow/cluster.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

struct book {
  std::int64_t cents = 0;
};
struct balance {
  using reply_type = std::int64_t;
};

snow::actor ledger(snow::context& self, std::int64_t cents) {
  self.register_name("ledger");
  for (;;)
    co_await self.receive(
        [&](book b) {
          if (cents + b.cents < 0) throw std::runtime_error{"less than nothing"};
          cents += b.cents;
        },
        [&](balance) { return cents; });
}

struct quote {
  using reply_type = double;
};
snow::actor rates(snow::context& self, std::string currency) {
  for (;;) co_await self.receive([&](quote) { return currency == "EUR" ? 1.0 : 0.9; });
}
SNOW_REGISTER(rates);

snow::actor app(snow::context& self) {
  snow::supervision what{
      .strategy = snow::restart_strategy::rest_for_one,
      .intensity = 3,
      .period = 5s,
      .children = {{.id = "ledger", .start = snow::start<ledger>(100)},
                   {.id = "rates",
                    .start = snow::start<rates>("EUR"),
                    .restart = snow::restart::transient,
                    .shutdown = 2s}},
  };
  auto const sup = self.spawn_link<snow::supervisor>(what);

  auto const before = co_await self.ask<snow::which_children>(sup);
  self.monitor(before[0].pid);
  self.send<book>(before[0].pid, -1000);  // the ledger fails, and both are started again
  co_await self.receive([](const snow::down& d) { fmt::print("the ledger ended: {}\n", d.reason.to_string()); });
  auto const now = co_await self.ask<snow::which_children>(sup);
  auto const left = co_await self.ask<balance>(now[0].pid);
  fmt::print("another has {}\n", left);
  self.exit(sup, snow::errc::shutdown);
}

snow::actor with_another_node(snow::context& self) {
  snow::supervision what{
      .intensity = 10,
      .period = 1min,
      .children = {{.id = "rates",
                    .start = snow::start<rates>("EUR"),
                    .nodes = {"b@127.0.0.1:4001", "c@127.0.0.1:4002"},
                    .failover_delay = 20s}},
  };
  self.spawn_link<snow::supervisor>(what);
  co_await self.sleep_for(1h);
}

int main(int argc, char**) {
  if (argc > 1) {
    snow::node node{{.name = "a@127.0.0.1:4000", .cookie = "only-for-this-example"}};
    return node.run<with_another_node>();
  }
  snow::node node{{.workers = 1}};
  return node.run<app>();
}
