// How long a request may take while others load the same nodes.
#include <snow/actor.hpp>

#include "figures.hpp"
#include "two_processes.hpp"

using figures::check;
using figures::stopwatch;

struct twice {
  using reply_type = std::uint64_t;
  std::uint64_t value;
};
struct chunk {
  snow::bytes body;
};
struct number {
  std::uint64_t value;
};

snow::actor server(snow::context& self) {
  for (;;) co_await self.receive([](twice q) { return 2 * q.value; });
}
SNOW_REGISTER(server);

snow::actor takes_chunks(snow::context& self) {
  for (;;) co_await self.receive([](const chunk&) {});
}
SNOW_REGISTER(takes_chunks);

snow::actor streams(snow::context& self, snow::pid to) {
  std::vector<std::byte> const mebibyte(std::size_t{1} << 20);
  auto const body = snow::bytes::copy_of(std::span{mebibyte});
  for (;;) co_await self.send<chunk>(to, body);
}

snow::actor takes_numbers(snow::context& self) {
  for (;;) co_await self.receive([](number) {});
}
snow::actor pours(snow::context& self, snow::pid to) {
  for (std::uint64_t i = 0;; ++i) co_await self.send<number>(to, i);
}
/// A fan-in that never ends.
snow::actor floods(snow::context& self) {
  auto const to = self.spawn<takes_numbers>(snow::spawn_options{.mailbox_limit = 10'000});
  for (int i = 0; i < 20; ++i) self.spawn<pours>(to);
  co_await self.receive([](number) {});
}
SNOW_REGISTER(floods);

/// Its awaits are always ready.
snow::actor never_waits(snow::context& self) {
  for (;;) co_await self.receive(snow::after(snow::duration{}, [] {}));
}

enum class beside : std::uint8_t { nothing, stream, flood };

/// Of all latencies, in microseconds: the one below which that share of them lies.
double at(std::vector<double>& all, double share) {
  auto const i = std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())));
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all.end());
  return all[i] * 1e6;
}

snow::task<std::vector<double>> asks(snow::context& self, snow::pid to, std::uint64_t requests) {
  std::uint64_t sum = 0;
  std::vector<double> all;
  for (std::uint64_t i = 1; i <= requests; ++i) {
    stopwatch const each;
    sum += co_await self.ask<twice>(to, i);
    all.push_back(each.seconds());
  }
  check("the sum", sum, requests * (requests + 1));
  co_return all;
}

snow::actor remote(snow::context& self, std::string there, beside what, std::uint64_t requests, double share,
                   double* figure) {
  auto const peer = co_await self.node().connect(there);
  auto const to = co_await peer.spawn<server>();
  if (what == beside::flood) co_await peer.spawn<floods>();
  if (what == beside::stream) {
    auto const sink = co_await peer.spawn<takes_chunks>();
    self.spawn<streams>(sink);
  }
  auto all = co_await asks(self, to, requests);
  *figure = at(all, share);
}

snow::actor starved(snow::context& self, std::uint64_t requests, double share, double* figure) {
  auto const to = self.spawn<server>();
  self.spawn<never_waits>();
  auto all = co_await asks(self, to, requests);
  *figure = at(all, share);
}

double on_two_nodes(beside what, std::uint64_t requests, double share) {
  constexpr auto cookie = "only-for-benchmarks";
  auto const here = fmt::format("a@127.0.0.1:{}", figures::free_port());
  auto const there = fmt::format("b@127.0.0.1:{}", figures::free_port());
  figures::other_process const serving{[&] {
    snow::node node{{.name = there, .cookie = cookie}};
    return node.serve();
  }};
  double figure = 0;
  snow::node node{{.name = here, .cookie = cookie}};
  if (node.run<remote>(there, what, requests, share, &figure) != 0) throw std::runtime_error{"no result"};
  return figure;
}

double on_one_worker(std::uint64_t requests, double share) {
  double figure = 0;
  snow::node node{{.workers = 1}};
  if (node.run<starved>(requests, share, &figure) != 0) throw std::runtime_error{"no result"};
  return figure;
}

int main(int argc, char** argv) {
  std::vector<figures::row> rows;
  for (auto const& [name, share] : {std::pair{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1.0}}) {
    for (auto const& [beside_it, what] : {std::pair{"alone", beside::nothing},
                                          {"beside-a-stream", beside::stream},
                                          {"beside-a-flood", beside::flood}})
      rows.push_back({fmt::format("{}-{}", beside_it, name), "us", 10'000,
                      [what = what, share = share](auto n) { return on_two_nodes(what, n, share); }});
    rows.push_back({fmt::format("starved-{}", name), "us", 10'000,
                    [share = share](auto n) { return on_one_worker(n, share); }});
  }
  return figures::run(argc, argv, rows);
}
