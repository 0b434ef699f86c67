// A large cluster in one thread: how long it takes, and what a node costs.
//
//   scale --nodes 1000 --neighbours 8 --seconds 10       each node asks its neighbours, ten times a second
//   each scale --nodes 100 --neighbours 8 --seconds 3600 --quiet     nothing but heartbeats
//
// Ends with 1 if an ask fails, or if it takes longer than `--within` seconds of real time.
#include <fmt/core.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"

namespace scale {

using namespace std::chrono_literals;

struct question {
  using reply_type = std::uint64_t;
  std::uint64_t number = 0;
};

snow::actor answers(snow::context& self) {
  for (;;) co_await self.receive([](question q) { return q.number + 1; });
}
SNOW_REGISTER(answers);

struct totals {
  std::uint64_t connected = 0;
  std::uint64_t answered = 0;
  std::uint64_t wrong = 0;
};

/// Connects to a neighbour, and asks it until it is told that it is enough.
snow::actor asks(snow::context& self, std::string neighbour, std::uint64_t times, totals* all) {
  auto const there = co_await self.node().connect(neighbour);
  ++all->connected;
  if (times == 0) co_return;
  auto const server = co_await there.spawn<answers>();
  for (std::uint64_t i = 0; i < times; ++i) {
    auto const answer = co_await self.ask<question>(server, i);
    answer == i + 1 ? ++all->answered : ++all->wrong;
    co_await self.sleep_for(100ms);
  }
  self.exit(server, snow::errc::killed);
}

}  // namespace scale

int main(int argc, char** argv) {
  using namespace scale;
  std::size_t nodes = 1000, neighbours = 8;
  std::int64_t seconds = 10;
  double within = 0;
  bool quiet = false;
  CLI::App app{"A large cluster in one thread"};
  app.add_option("--nodes", nodes)->check(CLI::Range(2, 100'000));
  app.add_option("--neighbours", neighbours, "of each node, that it connects to")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", seconds, "of virtual time")->check(CLI::Range(1, 1'000'000));
  app.add_option("--within", within, "seconds of real time, or it fails");
  app.add_flag("--quiet", quiet, "nothing but heartbeats");
  CLI11_PARSE(app, argc, argv);

  auto const begun = std::chrono::steady_clock::now();
  auto const real = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  auto const heap = [] { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd); };
  double const heap_before = heap();

  snow::testing::simulation sim;
  std::vector<snow::testing::node*> all;
  for (std::size_t i = 0; i < nodes; ++i) all.push_back(&sim.node(fmt::format("n{}", i)));
  fmt::print("{} nodes          {:8.1f} s  {:8.1f} KB each\n", nodes, real(),
             (heap() - heap_before) / 1024 / static_cast<double>(nodes));

  totals seen;
  std::vector<snow::testing::spawned> asking;
  std::uint64_t const times = quiet ? 0 : static_cast<std::uint64_t>(seconds) * 10;
  for (std::size_t i = 0; i < nodes; ++i)
    for (std::size_t k = 1; k <= neighbours && k < nodes; ++k)
      asking.push_back(all[i]->spawn<asks>(all[(i + k * k) % nodes]->name(), times, &seen));
  bool good = sim.run_until([&] { return seen.connected == asking.size(); }, 5min);
  fmt::print("{} connections    {:8.1f} s  {:8.1f} KB a node\n", asking.size(), real(),
             (heap() - heap_before) / 1024 / static_cast<double>(nodes));

  sim.run_for(std::chrono::seconds{seconds});
  good = sim.run_until_idle() && good;
  good = good && seen.wrong == 0 && seen.answered == asking.size() * times;
  fmt::print("{} asks           {:8.1f} s  {:8.1f} KB a node, {} steps, hash {:016x}\n", seen.answered,
             real(), (heap() - heap_before) / 1024 / static_cast<double>(nodes), sim.steps(),
             sim.trace_hash());
  if (!good) fmt::print("FAILED\n");
  if (within != 0 && real() > within) {
    fmt::print("FAILED: longer than {} s\n", within);
    good = false;
  }
  return good ? 0 : 1;
}
