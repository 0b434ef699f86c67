// A sweep of one's own: days of a bank (bank.hpp), each under the weather and the faults that a seed draws. In the
// evening all the money must be there.
//
//   bank --branch hopeful                finds a day on which it is not, and ends with 1
//   bank --branch careful                holds
//   bank --branch hopeful --first 4 --days 1 --trace
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <map>
#include <snow/testing.hpp>
#include <string>
#include <vector>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using snow::testing::course;
using snow::testing::simulation;
using snow::testing::swarm;

constexpr std::int64_t morning = 1000;  // cents of each branch
std::vector<std::string> const ids{"a", "b", "c"};

/// Has some money sent to other branches, until the bank closes.
snow::actor customer(snow::context& self, std::uint64_t seed, const bool* closed) {
  snow::testing::dice dice{seed};
  while (!*closed) {
    std::string const to = ids[dice.below(ids.size())];
    auto const cents = static_cast<std::int64_t>(dice.between(1, 100));
    if (to + "@" + to + ":1" != self.node().name())
      self.send<bank::pay>(snow::named{"branch"}, to + "@" + to + ":1", cents);
    snow::duration const rest = dice.between(10ms, 1s);
    co_await self.sleep_for(rest);
  }
}

struct evening {
  std::int64_t cents = 0;
  bool at_rest = false;
  bool is_good() const { return at_rest && cents == morning * std::ssize(ids); }
};

template <auto Branch>
evening day(const swarm& drawn, const course& c, bool shows) {
  std::map<std::string, bank::books> disks;
  for (auto const& id : ids) disks[id].cents = morning;
  bool closed = false;

  simulation sim{drawn.options};
  if (shows) sim.trace().show([](std::string_view line) { fmt::print("{}\n", line); });
  auto const open = [&](const std::string& id) {
    sim.node(id).spawn<Branch>(&disks[id]);
    sim.node(id).spawn<customer>(drawn.options.seed + static_cast<unsigned char>(id[0]), &closed);
  };
  for (auto const& id : ids) open(id);
  snow::testing::storm storm{sim, c.faults};
  storm.run(c.lasts, open);
  closed = true;

  evening e;
  e.at_rest = sim.run_until_idle();
  for (auto const& [id, books] : disks) e.cents += books.cents;
  return e;
}

/// 1 with the first day that ends badly, and what little of it takes to end badly.
template <auto Branch>
int days(std::uint64_t first, std::uint64_t count, bool shows) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    swarm const drawn = swarm::draw(seed, ids, 10s);
    course const whole{drawn.faults, 10s};
    evening const e = day<Branch>(drawn, whole, shows);
    if (e.is_good()) continue;
    fmt::print("seed {}: {} cents in the morning, {} in the evening{}\n", seed, morning * std::ssize(ids), e.cents,
               e.at_rest ? "" : ", and no rest");
    course const least = snow::testing::shrink(
        whole, [&](const course& part) { return !day<Branch>(drawn, part, false).is_good(); });
    fmt::print("  within {} ms\n", least.lasts.count() / 1'000'000);
    for (auto const& f : least.faults) fmt::print("  with {}\n", f.to_string());
    return 1;
  }
  fmt::print("{} days, and all the money was there\n", count);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string branch = "careful";
  std::uint64_t first = 1, count = 60;
  bool shows = false;
  CLI::App cli{"Days of a bank under drawn faults"};
  cli.add_option("--branch", branch, "how it is written")->check(CLI::IsMember({"hopeful", "careful"}));
  cli.add_option("--first", first, "the first seed");
  cli.add_option("--days", count, "how many seeds");
  cli.add_flag("--trace", shows, "print the history");
  CLI11_PARSE(cli, argc, argv);
  return branch == "hopeful" ? days<bank::hopeful::branch>(first, count, shows)
                             : days<bank::careful::branch>(first, count, shows);
}
