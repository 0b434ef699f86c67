// Runs workloads under faults that are drawn from seeds, against models of what snow promises:
//
//   sweep --seeds 1..500 [--workload traffic] [--jobs 2]     all of them; ends with 1 if one fails
//   sweep --seeds 77 --trace                                 the history of one, line by line
//   sweep --seeds 77 --shrink                                fewer faults and a shorter run that still fail
//   sweep --fresh 500 --jobs 2                               seeds of today's date
//   sweep --again regressions.txt                            those that failed once
//   sweep --seeds 1..50 --twice                              each twice: the same history, or it fails
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "simulation/own_faults.hpp"
#include "simulation/workload.hpp"

namespace sweeping {

std::map<std::string, workload_maker>& workloads() {
  static std::map<std::string, workload_maker> all;
  return all;
}

namespace {

using namespace std::chrono_literals;
using snow::testing::course;
using snow::testing::fault;
using snow::testing::simulation;
using snow::testing::swarm;

struct outcome {
  std::vector<std::string> faults;
  std::uint64_t hash = 0;
  std::uint64_t steps = 0;
  std::uint64_t judgements = 0;
};

struct run_of {
  static constexpr std::uint64_t most_steps = 50'000'000;  // some take a million
  static constexpr snow::duration waking = 50ms;           // what was held up goes on within that

  std::uint64_t seed;
  std::string workload;
  std::vector<std::string> ids;
  swarm drawn;
  course whole;

  /// Without a name: the workload that the seed draws.
  run_of(std::uint64_t seed_of_run, std::string what) : seed{seed_of_run}, workload{std::move(what)} {
    snow::testing::dice d{seed};
    std::uint64_t const nodes = d.between(2, 4);
    for (std::uint64_t i = 0; i < nodes; ++i) ids.push_back(std::string(1, static_cast<char>('a' + i)));
    whole.lasts = d.between(snow::duration{2s}, snow::duration{30s});
    drawn = swarm::draw(seed, ids, whole.lasts);
    whole.faults = drawn.faults;
    auto more = own_faults::draw(seed, ids, whole.lasts);
    whole.faults.insert(whole.faults.end(), std::move_iterator{more.begin()}, std::move_iterator{more.end()});
    auto const any = static_cast<std::ptrdiff_t>(d.below(workloads().size()));
    if (workload.empty()) workload = std::next(workloads().begin(), any)->first;
  }

  outcome run(const course& c, bool shows) const {
    judge judge;
    auto const made = workloads().at(workload)({seed, ids, drawn.options});
    own_faults own;
    simulation sim{watched(judge, c.faults)};
    judge.watch(sim);
    judge.was_held_up = [&](const std::string& id, snow::duration from, snow::duration to) {
      return drawn.options.pace.stall_one_in != 0 ||
             std::any_of(c.faults.begin(), c.faults.end(), [&](auto& f) {
               bool const holds = f.what == fault::kind::pause || f.what == fault::kind::stall;
               return holds && f.a == id && f.at <= to && from <= f.at + f.lasts + waking;
             });
    };
    judge.has_befallen = [&](std::string_view name, const std::string& id) {
      return std::any_of(c.faults.begin(), c.faults.end(), [&](auto& f) {
        return f.name() == name && f.at <= sim.now() && (id.empty() || f.a == id || f.b == id);
      });
    };
    if (shows) sim.trace().show([](std::string_view line) { fmt::print("{}\n", line); });
    for (auto const& id : ids) made->start(sim.node(id));
    snow::testing::storm storm{sim, c.faults, [&](const fault& f, bool begins) { own.on(sim, f, begins); }};
    storm.run(c.lasts, [&](const std::string& id) { made->start(sim.node(id)); });
    made->finish();
    bool const ended =
        sim.run_until([&] { return made->is_done() || sim.steps() > most_steps; }, 20min) && made->is_done();
    judge.expect(ended, "it does not come to its end though everything is mended");
    // Where pieces come later than a peer is given up, connections may end and come again for ever.
    auto const& w = drawn.options.weather;
    auto const& l = drawn.options.node.limits;
    bool const lasting = w.late_one_in == 0 || w.late_most < l.heartbeat * l.missed_heartbeats;
    bool const idle = ended && sim.run_until_idle(lasting ? 1h : 10min);
    judge.expect(!ended || idle || !lasting, "something goes on for ever");
    for (auto const& id : ids) {
      auto const refused = sim.node(id)->info().rejected;
      judge.expect(refused == 0 || made->refuses() || judge.has_befallen("hostile", id),
                   "{} messages were refused on {}", refused, id);
      if (!idle) continue;
      check_nothing_left(judge, sim, id);
      check_agreement(judge, sim, id);
    }
    return {judge.faults(), sim.trace_hash(), sim.steps(), judge.judgements()};
  }

  /// No node breaks the protocol; and where nothing goes wrong, no connection that was open is lost.
  snow::testing::simulation_options watched(judge& judge, const std::vector<fault>& faults) const {
    auto all = drawn.options;
    auto const& w = all.weather;
    all.node.cookie = own_faults::cookie;
    bool const orderly =
        std::all_of(faults.begin(), faults.end(), [](auto& f) { return f.what == fault::kind::stop; });
    bool const calm = orderly && w.reset_one_in == 0 && w.refuse_one_in == 0 && w.late_one_in == 0 &&
                      all.pace.stall_one_in == 0;
    all.node.log = [&judge, calm](const snow::log_record& r) {
      bool const lost =
          r.level == snow::log_level::warning && r.text.find(" has ended: ") != std::string_view::npos;
      bool const breaks_rules =
          r.text.find(to_string(snow::errc::protocol_violation)) != std::string_view::npos &&
          !own_faults::is_of_hostile(r);
      if (breaks_rules || (calm && lost)) judge.fail("{}: {}", r.node, r.text);
    };
    return all;
  }

  static void check_nothing_left(judge& judge, simulation& sim, const std::string& id) {
    auto const info = sim.node(id)->info();
    for (auto const& a : info.actors) judge.fail("{} is left on {}, at {}", a.function, id, a.waits_at);
    std::size_t const of_timers = 256 * (info.sessions.size() + 1);
    std::size_t const held = sim.node(id).held();
    judge.expect(held <= of_timers, "{} bytes of the pools of {} are left, with {} sessions", held, id,
                 info.sessions.size());
    for (auto const& s : info.sessions) {
      judge.expect(s.pending_requests == 0, "{} requests of {} to {} are left", s.pending_requests, id,
                   s.peer);
      judge.expect(s.monitors == 0, "{} monitors of {} and {} are left", s.monitors, id, s.peer);
      judge.expect(s.links == 0, "{} links of {} and {} are left", s.links, id, s.peer);
      judge.expect(s.waiting_bytes == 0, "{} bytes of {} to {} are left", s.waiting_bytes, id, s.peer);
      judge.expect(s.window_used == 0, "{} bytes of the window of {} to {} are left", s.window_used, id,
                   s.peer);
    }
  }
  /// Who is connected to another knows that one connected to it (S-29).
  static void check_agreement(judge& judge, simulation& sim, const std::string& id) {
    for (auto const& s : sim.node(id)->info().sessions) {
      auto const there = sim.node(s.peer.substr(0, s.peer.find('@')))->info().sessions;
      bool const both =
          std::any_of(there.begin(), there.end(), [&](auto& t) { return t.peer == sim.node(id).name(); });
      judge.expect(both, "{} is connected to {}, which is not connected to it", id, s.peer);
    }
  }
};

struct totals {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::uint64_t steps = 0;
  std::uint64_t judgements = 0;
};

/// What `--without` and `--lasts` make of it.
course part_of(const course& whole, const std::vector<std::size_t>& without, std::int64_t lasts) {
  course c{{}, lasts == 0 ? whole.lasts : snow::duration{lasts}};
  for (std::size_t i = 0; i < whole.faults.size(); ++i)
    if (std::find(without.begin(), without.end(), i) == without.end()) c.faults.push_back(whole.faults[i]);
  return c;
}

void tell(const run_of& r, const course& c, const outcome& o) {
  fmt::print("seed {} fails:\n", r.seed);
  for (auto const& f : o.faults) fmt::print("  {}\n", f);
  for (auto const& f : c.faults) fmt::print("  with {}\n", f.to_string());
  fmt::print("  again: sweep --workload {} --seeds {} --trace", r.workload, r.seed);
  if (c.lasts != r.whole.lasts) fmt::print(" --lasts {}", c.lasts.count());
  auto const& all = r.whole.faults;
  std::string_view before = " --without ";
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::find(c.faults.begin(), c.faults.end(), all[i]) == c.faults.end())
      fmt::print("{}{}", std::exchange(before, ","), i);
  fmt::print("\n");
  std::fflush(stdout);
}

/// One run that is to be made; without a workload, that which the seed draws.
struct order {
  std::uint64_t seed;
  std::string workload;
};

/// `A..B`, or one number.
std::vector<order> orders_of(const std::string& seeds, const std::string& workload) {
  auto const dots = seeds.find("..");
  std::uint64_t const first = std::stoull(seeds);
  std::uint64_t const last = dots == std::string::npos ? first : std::stoull(seeds.substr(dots + 2));
  std::vector<order> all;
  for (std::uint64_t seed = first; seed <= last; ++seed) all.push_back({seed, workload});
  return all;
}

/// Lines of a workload and a seed; what follows is for people, and so are lines that begin with `#`.
std::vector<order> orders_in(const std::string& file) {
  std::ifstream in{file};
  std::vector<order> all;
  for (std::string line; std::getline(in, line);) {
    order o{};
    if (line.empty() || line.front() == '#') continue;
    if (!(std::istringstream{line} >> o.workload >> o.seed) || !workloads().contains(o.workload))
      throw std::invalid_argument{line};
    all.push_back(std::move(o));
  }
  return all;
}

}  // namespace

}  // namespace sweeping

int main(int argc, char** argv) {
  using namespace sweeping;
  std::string seeds, workload, again;
  std::uint64_t jobs = 1, fresh = 0;
  std::int64_t lasts = 0;
  std::vector<std::size_t> without;
  bool shows = false, shrinks = false, twice = false, hashes = false;
  CLI::App app{"Runs workloads under faults that are drawn from seeds"};
  app.add_option("--seeds", seeds, "A..B, or one; 1..100 if nothing else is said");
  app.add_option("--fresh", fresh, "so many seeds that no run had before today");
  app.add_option("--again", again, "a file of runs that failed: a workload and a seed on each line")
      ->check(CLI::ExistingFile);
  app.add_option("--workload", workload, "what runs; otherwise each seed draws one")->check(CLI::IsMember([] {
    std::set<std::string> names;
    for (auto const& [name, make] : workloads()) names.insert(name);
    return names;
  }()));
  app.add_option("--jobs", jobs, "processes")->check(CLI::Range(1, 256));
  app.add_option("--lasts", lasts, "nanoseconds until all is mended, instead of what is drawn");
  app.add_option("--without", without, "faults to leave out, by their numbers")->delimiter(',');
  app.add_flag("--trace", shows, "print the history");
  app.add_flag("--shrink", shrinks, "find fewer faults and a shorter run that still fail");
  app.add_flag("--twice", twice, "run each seed twice, and compare the histories");
  app.add_flag("--hashes", hashes, "print the hash of each history");
  CLI11_PARSE(app, argc, argv);

  if (fresh != 0) {
    auto const today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    auto const from = static_cast<std::uint64_t>(today.time_since_epoch().count()) * 1'000'000;
    seeds = fmt::format("{}..{}", from, from + fresh - 1);
    fmt::print("seeds {}\n", seeds);
    std::fflush(stdout);
  }
  std::vector<order> orders;
  try {
    if (!again.empty()) orders = orders_in(again);
    if (seeds.empty() && again.empty()) seeds = "1..100";
    if (!seeds.empty()) {
      auto more = orders_of(seeds, workload);
      orders.insert(orders.end(), std::move_iterator{more.begin()}, std::move_iterator{more.end()});
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "--seeds is A..B, or one number; --again has lines of a workload and a seed: {}\n",
               e.what());
    return 2;
  }

  auto const run_some = [&](std::uint64_t from) {
    totals t;
    for (std::uint64_t i = from; i < orders.size(); i += jobs) {
      run_of const r{orders[i].seed, orders[i].workload};
      course c = part_of(r.whole, without, lasts);
      auto o = r.run(c, shows);
      if (twice && r.run(c, false).hash != o.hash) o.faults.push_back("the same seed gives two histories");
      if (hashes) fmt::print("{} {:016x}\n", r.seed, o.hash);
      ++t.runs;
      t.steps += o.steps;
      t.judgements += o.judgements;
      if (o.faults.empty()) continue;
      ++t.failed;
      if (shrinks)
        c = snow::testing::shrink(
            c, [&r](const course& smaller) { return !r.run(smaller, false).faults.empty(); });
      tell(r, c, o);
    }
    fmt::print("{} runs, {} failed, {} steps, {} judgements\n", t.runs, t.failed, t.steps, t.judgements);
    std::fflush(stdout);
    return t.failed == 0;
  };

  std::vector<pid_t> children;
  for (std::uint64_t j = 1; j < jobs; ++j) {
    pid_t const child = fork();
    if (child == 0) _exit(run_some(j) ? 0 : 1);
    children.push_back(child);
  }
  bool good = run_some(0);
  for (pid_t const child : children) {
    int status = 0;
    good = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 && good;
  }
  return good ? 0 : 1;
}
