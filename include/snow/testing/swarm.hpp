#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "snow/testing/dice.hpp"
#include "snow/testing/fault.hpp"
#include "snow/testing/simulation.hpp"

namespace snow::testing {

/// What a seed makes of a run: the weather, the computers, the limits, and what goes wrong. Each seed leaves
/// some kinds of faults out altogether, so that others get the time to do their worst (swarm testing: Groce
/// et al., ISSTA 2012).
struct swarm {
  simulation_options options;
  std::vector<fault> faults;

  /// Among those nodes, within that time.
  static swarm draw(std::uint64_t seed, const std::vector<std::string>& ids, duration within);
};

namespace detail {

inline weather draw_weather(dice& d) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  weather w;
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
  if (d.one_in(5)) {
    w.late_one_in = d.between(20, 1000);
    w.late_most = d.between(milliseconds{10}, milliseconds{1500});
  }
  // Pieces from one byte on, but not of a few bytes each: a run would be nothing but pieces.
  std::uint64_t const small = d.below(6);
  if (small == 0) w.write_most = d.between(2'000, 40'000);
  if (small == 1) w.read_most = d.between(2'000, 40'000);
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
  if (d.one_in(6)) w.hang_one_in = d.between(3, 20);
  return w;
}

inline pace draw_pace(dice& d, const weather& w) {
  pace p;
  // A turn for every few bytes: slow ones would come to nothing.
  bool const in_pieces = w.buffer < 8192 || w.write_most < 65'536 || w.read_most < 65'536;
  if (d.one_in(3) && !in_pieces) p.wake_most = std::chrono::milliseconds{5};
  if (d.one_in(4)) p.stall_one_in = d.between(100, 10'000);
  p.reorders = d.one_in(2);
  return p;
}

/// What is rare, often: actors that give way, turns that end early, parts of signals between each other.
inline tuning draw_tuning(dice& d) {
  tuning t;
  if (d.one_in(3)) t.budget = static_cast<int>(d.size_up_to(256));
  if (d.one_in(3)) t.most_warm = static_cast<unsigned>(d.size_up_to(64));
  if (d.one_in(3)) {
    t.look_every = static_cast<int>(d.size_up_to(256));
    t.turn_length = std::chrono::microseconds{static_cast<std::int64_t>(d.below(100))};
    t.nap = 10 * (t.turn_length + std::chrono::microseconds{1});
  }
  if (d.one_in(3)) t.requests_at_once = d.size_up_to(4096);
  if (d.one_in(3)) t.ready_to_write = d.size_up_to(std::size_t{256} << 10);
  if (d.one_in(3)) t.writes_in_a_turn = static_cast<int>(d.size_up_to(16));
  if (d.one_in(3)) t.piece = d.size_up_to(std::size_t{128} << 10);
  return t;
}

inline node_options draw_node(dice& d) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  node_options o;
  limits& l = o.limits;
  l.heartbeat = d.between(milliseconds{100}, seconds{2});
  l.handshake = d.between(milliseconds{500}, seconds{5});
  if (d.one_in(3)) l.frame = wire::smallest_frame;
  if (d.one_in(3)) l.mailbox_window = d.between(1, 2000);
  if (d.one_in(3)) l.session_window = d.between(1, 8000);
  if (d.one_in(3)) l.outbox_high = d.between(1, 20'000), l.outbox_low = d.between(1, l.outbox_high);
  if (d.one_in(6)) l.half_open = d.between(1, 4);
  o.workers = d.between(1, 3);
  return o;
}

inline fault draw_fault(dice& d, const std::vector<std::string>& ids, duration within) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  fault f{};
  f.what = static_cast<fault::kind>(d.below(static_cast<std::uint64_t>(fault::kind::own)));
  f.at = d.between(duration{}, within);
  f.lasts =
      d.one_in(2) ? d.between(milliseconds{1}, milliseconds{300}) : d.between(milliseconds{1}, seconds{8});
  if (!f.is().lasts) f.lasts = {};
  std::size_t const a = d.below(ids.size());
  f.a = ids[a];
  // Another one.
  if (f.is().between_two) f.b = ids[(a + d.between(1, ids.size() - 1)) % ids.size()];
  if (f.what == fault::kind::reset_after || f.what == fault::kind::lose_after)
    f.amount = static_cast<std::int64_t>(d.below(d.one_in(2) ? 600 : 20'000));
  if (f.what == fault::kind::drift) f.amount = static_cast<std::int64_t>(d.below(100'001)) - 50'000;
  return f;
}

}  // namespace detail

inline swarm swarm::draw(std::uint64_t seed, const std::vector<std::string>& ids, duration within) {
  dice d{seed ^ 0x5357'41524D};  // other dice than the simulation's
  swarm s;
  s.options.seed = seed;
  s.options.weather = detail::draw_weather(d);
  s.options.pace = detail::draw_pace(d, s.options.weather);
  s.options.tuning = detail::draw_tuning(d);
  s.options.node = detail::draw_node(d);

  bool drawn[fault::kinds];
  for (bool& each : drawn) each = d.one_in(2);
  std::uint64_t const n = d.below(24);
  for (std::uint64_t i = 0; i < n; ++i) {
    fault f = detail::draw_fault(d, ids, within);
    if (drawn[static_cast<std::size_t>(f.what)]) s.faults.push_back(std::move(f));
  }
  return s;
}

}  // namespace snow::testing
