// Groups in a large cluster: how long it takes, and how many bytes, until every node sees the members of all
// nodes that it is connected to; after a start, and after a partition in two halves was healed.
//
//   convergence --nodes 1000 --neighbours 8          each node dials so many
//   convergence --nodes 1000 --star                  the first one dials all
//   convergence --nodes 100 --neighbours 99          a full mesh
//
// Ends with 1 if the views do not become right, or if it takes longer than `--within` seconds of real time.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "snow/actor.hpp"
#include "snow/cluster.hpp"
#include "snow/testing.hpp"

namespace convergence {

using namespace std::chrono_literals;

/// The view of each node, for who looks from outside.
struct views {
  std::vector<std::unique_ptr<snow::groups>> of;
};

snow::actor connects(snow::context& self, std::string neighbour) {
  auto connecting = self.node().connect(neighbour).within(10min);
  [[maybe_unused]] auto const connected = co_await snow::as_result(std::move(connecting));
}
snow::actor joins(snow::context& self, std::size_t which, views* v) {
  auto here = co_await snow::groups::open(self);
  co_await here.join("all");
  v->of[which] = std::make_unique<snow::groups>(here);
  for (;;) co_await self.sleep_for(1h);
}

}  // namespace convergence

int main(int argc, char** argv) {
  using namespace convergence;
  std::size_t nodes = 1000, neighbours = 8;
  double within = 0;
  bool star = false, without = false;
  CLI::App app{"Groups in a large cluster"};
  app.add_option("--nodes", nodes)->check(CLI::Range(2, 10'000));
  app.add_option("--neighbours", neighbours, "of each node, that it dials")->check(CLI::Range(1, 1000));
  app.add_flag("--star", star, "the first node dials all others, and they nobody");
  app.add_flag("--without", without, "no groups: what the connections take alone");
  app.add_option("--within", within, "seconds of real time, or it fails");
  CLI11_PARSE(app, argc, argv);

  auto const begun = std::chrono::steady_clock::now();
  auto const real = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  snow::testing::simulation_options options;
  options.weather.latency_least = options.weather.latency_most = 500us;
  snow::testing::simulation sim{options};
  std::vector<snow::testing::node*> all;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < nodes; ++i) {
    ids.push_back(fmt::format("n{}", i));
    all.push_back(&sim.node(ids.back()));
  }

  std::vector<std::set<std::size_t>> knows(nodes);
  auto const dials = [&](std::size_t from, std::size_t to) {
    if (from == to || !knows[from].insert(to).second) return;
    knows[to].insert(from);
    all[from]->spawn<connects>(all[to]->name());
  };
  snow::testing::dice d{1};
  for (std::size_t i = 0; i < nodes; ++i) {
    if (star) {
      dials(0, i);
    } else if (neighbours >= nodes - 1) {
      for (std::size_t k = 0; k < i; ++k) dials(i, k);
    } else {
      for (std::size_t k = 0; k < neighbours; ++k) dials(i, d.below(nodes));
    }
  }
  std::size_t connections = 0;
  for (auto const& k : knows) connections += k.size();
  connections /= 2;
  auto const connected = [&] {
    std::size_t ends = 0;
    for (auto* n : all) ends += (*n)->peers().size();
    return ends == 2 * connections;
  };
  while (!connected()) sim.run_for(100ms);
  auto const bytes = [&] {
    std::uint64_t sent = 0;
    for (auto* n : all)
      for (auto const& s : (*n)->info().sessions) sent += s.sent_bytes;
    return sent;
  };
  fmt::print("{} nodes, {} connections {:8.1f} s\n", nodes, connections, real());

  views v;
  v.of.resize(nodes);
  auto const sees = [&](auto with) {
    for (std::size_t i = 0; i < nodes; ++i) {
      std::size_t count = 1;
      for (auto const k : knows[i]) count += with(i, k);
      if (!v.of[i] || v.of[i]->members("all").size() != count) return false;
    }
    return true;
  };
  bool good = true;
  auto const report = [&](const char* what, auto with) {
    auto const from = sim.now();
    auto const before = bytes();
    bool const right = without ? (sim.run_for(1s), true) : [&] {
      for (int i = 0; i < 60'000; ++i) {
        if (sees(with)) return true;
        sim.run_for(1ms);
      }
      return false;
    }();
    good = good && right;
    fmt::print("{:22} {:8.3f} s virtual  {:10} bytes  {:8.1f} s\n", what,
               std::chrono::duration<double>(sim.now() - from).count(),
               static_cast<std::int64_t>(bytes() - before), real());
  };
  auto const everybody = [](std::size_t, std::size_t) { return true; };
  if (!without)
    for (std::size_t i = 0; i < nodes; ++i) all[i]->spawn<joins>(i, &v);
  report("after the start", everybody);

  std::vector<std::string> const one(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(nodes / 2));
  std::vector<std::string> const other(ids.begin() + static_cast<std::ptrdiff_t>(nodes / 2), ids.end());
  sim.partition(one, other);
  report("after a partition",
         [&](std::size_t i, std::size_t k) { return (i < nodes / 2) == (k < nodes / 2); });
  sim.heal();
  report("after its healing", everybody);
  v.of.clear();
  return good && (within == 0 || real() <= within) ? 0 : 1;
}
