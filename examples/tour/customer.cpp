// The second part of docs/tour.md: a node that has work done.
#include "account.hpp"
#include <fmt/core.h>

using namespace std::chrono_literals;

snow::actor customer(snow::context& self) {
  auto bank = co_await self.node().connect("bank@127.0.0.1:4021").within(10s);
  auto const mine = co_await bank.spawn<account>(100);
  self.send<deposit>(mine, 50);
  auto const cents = co_await self.ask<balance>(mine);
  auto const gain = co_await bank.call<interest>(cents, 2);
  fmt::print("{} cents, and {} more in a year\n", cents, gain);

  auto const loss = co_await snow::as_result(bank.call<interest>(cents, -2));
  fmt::print("{}\n", loss.error().what());
  auto const misspelt = co_await snow::as_result(bank.spawn("acount", 100));
  fmt::print("{}\n", misspelt.error().what());
  auto const another = co_await snow::as_result(bank.spawn("account", "100"));
  fmt::print("{}\n", another.error().what());

  self.monitor_node(bank.name());
  auto const watched = self.monitor(mine);
  fmt::print("now end the bank\n");
  std::fflush(stdout);
  co_await self.receive([&](const snow::down& d) {
    if (d.monitor == watched) fmt::print("the account: {}\n", d.reason.to_string());
  });
  co_await self.receive([](const snow::node_down& d) { fmt::print("{}: {}\n", d.name, d.reason.to_string()); });
}

int main() {
  snow::node node{{.name = "customer@127.0.0.1:4022", .cookie = "only-for-this-example"}};
  return node.run<customer>();
}
