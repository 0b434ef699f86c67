#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/testing/dice.hpp"
#include "snow/testing/simulation.hpp"

namespace snow::testing {

/// One thing that goes wrong in a run, and for how long.
struct fault {
  enum class kind : std::uint8_t {
    partition,
    cut,  ///< one way
    reset,
    lose,
    reset_after,
    crash,
    power_off,
    pause,
    stall,
    skew,
  };
  static constexpr std::size_t kinds = 10;

  kind what;
  duration at;     ///< since the beginning
  duration lasts;  ///< until it is mended, for those that are; the length of a stall and of a skew
  std::string a;
  std::string b;
  std::uint64_t bytes = 0;

  std::string to_string() const;
};

/// What a seed makes of a run: the weather, the computers, the limits, and what goes wrong. Each seed leaves
/// some kinds of faults out altogether, so that others get the time to do their worst (swarm testing: Groce
/// et al., ISSTA 2012).
struct swarm {
  simulation_options options;
  std::vector<fault> faults;

  /// Among those nodes, within that time.
  static swarm draw(std::uint64_t seed, const std::vector<std::string>& ids, duration within);
};

/// Runs a simulation through the faults of a swarm, and mends everything at the end.
class storm {
 public:
  storm(simulation& sim, const swarm& s) : sim_{sim}, faults_{s.faults} {
    std::stable_sort(faults_.begin(), faults_.end(),
                     [](const fault& a, const fault& b) { return a.at < b.at; });
  }

  /// `restarted(id)` is called for each node that has come back.
  template <class F>
  void run(duration lasts, F restarted);

 private:
  struct mending {
    duration at;
    fault of;
  };
  void begin(const fault& f);
  template <class F>
  void mend(const fault& f, F& restarted);

  simulation& sim_;
  std::vector<fault> faults_;
  std::vector<mending> open_;
};

inline std::string fault::to_string() const {
  constexpr std::string_view names[kinds]{"partition", "cut",       "reset", "lose",  "reset_after",
                                          "crash",     "power_off", "pause", "stall", "skew"};
  constexpr std::int64_t millisecond = 1'000'000;
  std::string text =
      fmt::format("{} ms: {} {}", at.count() / millisecond, names[static_cast<std::size_t>(what)], a);
  if (!b.empty()) text.append(" ").append(b);
  if (what == kind::reset_after)
    text.append(fmt::format(" {} bytes", bytes));
  else if (lasts != duration{})
    text.append(fmt::format(" for {} ms", lasts.count() / millisecond));
  return text;
}

inline swarm swarm::draw(std::uint64_t seed, const std::vector<std::string>& ids, duration within) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  dice d{seed ^ 0x5357'41524D};  // other dice than the simulation's
  swarm s;
  s.options.seed = seed;

  weather& w = s.options.weather;
  switch (d.below(3)) {
    case 0:
      w.latency_least = w.latency_most = microseconds{100};
      break;
    case 1:
      break;
    case 2:
      w.latency_most = milliseconds{100};
      break;
  }
  std::uint64_t const small = d.below(6);
  if (small == 0) w.write_most = d.between(1, 64);
  if (small == 1) w.read_most = d.between(1, 64);
  if (small == 2) {
    // No more than the buffer is on its way at a time: with long ways little would ever arrive.
    w.buffer = d.between(256, 4096);
    w.latency_least = microseconds{10};
    w.latency_most =
        std::min(w.latency_most, duration{microseconds{10 + 5 * static_cast<std::int64_t>(w.buffer)}});
  }
  if (d.one_in(6)) w.bytes_per_second = d.between(200'000, 2'000'000);
  if (d.one_in(6)) w.reset_one_in = d.between(200, 5000);
  if (d.one_in(6)) w.refuse_one_in = d.between(2, 10);

  pace& p = s.options.pace;
  // A turn for every few bytes: slow ones would come to nothing.
  if (d.one_in(3) && small > 2) p.wake_most = milliseconds{5};
  if (d.one_in(4)) p.stall_one_in = d.between(100, 10'000);

  limits& l = s.options.node.limits;
  l.heartbeat = d.between(milliseconds{100}, seconds{2});
  l.handshake = d.between(milliseconds{500}, seconds{5});
  if (d.one_in(3)) l.frame = wire::smallest_frame;
  if (d.one_in(3)) l.mailbox_window = d.between(1, 2000);
  if (d.one_in(3)) l.session_window = d.between(1, 8000);
  if (d.one_in(3)) l.outbox_high = d.between(1, 20'000), l.outbox_low = d.between(1, l.outbox_high);
  s.options.node.workers = d.between(1, 3);

  bool drawn[fault::kinds];
  for (bool& each : drawn) each = d.one_in(2);
  std::uint64_t const n = d.below(16);
  for (std::uint64_t i = 0; i < n; ++i) {
    fault f{};
    f.what = static_cast<fault::kind>(d.below(fault::kinds));
    f.at = d.between(duration{}, within);
    f.lasts =
        d.one_in(2) ? d.between(milliseconds{1}, milliseconds{300}) : d.between(milliseconds{1}, seconds{8});
    f.a = ids[d.below(ids.size())];
    std::string const other = ids[d.below(ids.size())];
    f.bytes = d.below(d.one_in(2) ? 600 : 20'000);
    if (!drawn[static_cast<std::size_t>(f.what)]) continue;
    if (f.what < fault::kind::crash) {
      if (other == f.a) continue;
      f.b = other;
      if (f.what > fault::kind::cut) f.lasts = {};
    }
    s.faults.push_back(std::move(f));
  }
  return s;
}

inline void storm::begin(const fault& f) {
  switch (f.what) {
    case fault::kind::partition:
      return sim_.partition({f.a}, {f.b});
    case fault::kind::cut:
      return sim_.cut({f.a}, {f.b});
    case fault::kind::reset:
      return sim_.reset(f.a, f.b);
    case fault::kind::lose:
      return sim_.lose(f.a, f.b);
    case fault::kind::reset_after:
      return sim_.reset_after(f.a, f.b, f.bytes);
    case fault::kind::crash:
      return sim_.crash(f.a);
    case fault::kind::power_off:
      return sim_.power_off(f.a);
    case fault::kind::pause:
      return sim_.pause(f.a);
    case fault::kind::stall:
      return sim_.stall(f.a, f.lasts);
    case fault::kind::skew:
      return sim_.skew(f.a, f.lasts);
  }
}

template <class F>
void storm::mend(const fault& f, F& restarted) {
  switch (f.what) {
    case fault::kind::partition:
      sim_.heal({f.a}, {f.b});
      return sim_.heal({f.b}, {f.a});
    case fault::kind::cut:
      return sim_.heal({f.a}, {f.b});
    case fault::kind::crash:
    case fault::kind::power_off:
      if (sim_.node(f.a).is_running()) return;
      sim_.restart(f.a);
      return restarted(f.a);
    case fault::kind::pause:
      return sim_.resume(f.a);
    case fault::kind::reset:
    case fault::kind::lose:
    case fault::kind::reset_after:
    case fault::kind::stall:
    case fault::kind::skew:
      return;
  }
}

template <class F>
void storm::run(duration lasts, F restarted) {
  duration const begun = sim_.now();
  auto const soonest = [](const mending& a, const mending& b) { return a.at < b.at; };
  auto next = faults_.begin();
  for (;;) {
    auto const mend_next = std::min_element(open_.begin(), open_.end(), soonest);
    duration const fault_at = next == faults_.end() ? lasts : std::min(next->at, lasts);
    bool const mends = mend_next != open_.end() && mend_next->at <= fault_at;
    duration const at = mends ? mend_next->at : fault_at;
    if (begun + at > sim_.now()) sim_.run_for(begun + at - sim_.now());
    if (mends) {
      fault const f = mend_next->of;
      open_.erase(mend_next);
      mend(f, restarted);
    } else if (next == faults_.end() || next->at >= lasts) {
      break;
    } else {
      begin(*next);
      open_.push_back({at + next->lasts, *next});
      ++next;
    }
  }
  for (auto const& m : std::exchange(open_, {})) mend(m.of, restarted);
  sim_.heal();
}

}  // namespace snow::testing
