#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/testing.hpp"
#include "support/hostile.hpp"
#include "support/tampering.hpp"

namespace sweeping {

/// Faults that only snow itself is to be tried by: peers that know the cookie and keep no rule, or that are
/// of another version.
class own_faults {
 public:
  using fault = snow::testing::fault;

  static constexpr const char* cookie = "one cookie of all nodes of the sweep";

  static std::vector<fault> draw(std::uint64_t seed, const std::vector<std::string>& ids,
                                 snow::duration within);
  void on(snow::testing::simulation& sim, const fault& f, bool begins);
  /// Whether that was said by or of such a peer.
  static bool is_of_hostile(const snow::log_record& r) {
    return r.node.find(mark) != std::string_view::npos || r.text.find(mark) != std::string_view::npos;
  }

 private:
  using dice = snow::testing::dice;
  static constexpr std::string_view mark = "hostile-";

  void visit(snow::testing::simulation& sim, const std::string& victim, std::uint64_t seed);

  std::deque<hostile::run_state> visits_;
  std::deque<support::hello_forger> forgers_;
};

/// `hostile`: a node that the workload does not know talks to `a`, and its frames are spoilt. `version`: new
/// connections of `a` and `b` are as if `a` spoke later versions too, or those alone.
inline std::vector<snow::testing::fault> own_faults::draw(std::uint64_t seed,
                                                          const std::vector<std::string>& ids,
                                                          snow::duration within) {
  dice d{seed ^ 0x4F57'4E};
  std::vector<fault> all;
  for (std::string_view const name : {"hostile", "version"}) {
    if (!d.one_in(4)) continue;
    for (std::uint64_t n = d.between(1, 3); n != 0; --n) {
      fault f{};
      f.what = fault::kind::own;
      f.called = name;
      f.at = d.between(snow::duration{}, within);
      f.lasts = d.between(std::chrono::milliseconds{1}, std::chrono::seconds{8});
      std::size_t const a = d.below(ids.size());
      f.a = ids[a];
      if (name == "version") f.b = ids[(a + d.between(1, ids.size() - 1)) % ids.size()];
      f.amount = static_cast<std::int64_t>(d.below(1'000'000));
      all.push_back(std::move(f));
    }
  }
  return all;
}

inline void own_faults::on(snow::testing::simulation& sim, const fault& f, bool begins) {
  std::string const visitor = std::string{mark} + f.a;
  auto const seed = static_cast<std::uint64_t>(f.amount);
  if (f.called == "hostile") {
    if (begins) return visit(sim, f.a, seed);
    sim.crash(visitor);
  } else if (begins) {
    bool const speaks_ours = seed % 3 != 0;
    auto const later = [](support::frame_bytes& hello) { support::put_versions(hello, 2, 7); };
    forgers_.emplace_back(
        cookie, speaks_ours ? std::function<void(support::frame_bytes&)>{&support::make_later} : later);
    forgers_.back().stand_between(sim, f.a, f.b);
    sim.reset(f.a, f.b);
  } else {
    sim.tamper(f.a, f.b, nullptr);
    sim.tamper(f.b, f.a, nullptr);
  }
}

inline void own_faults::visit(snow::testing::simulation& sim, const std::string& victim, std::uint64_t seed) {
  std::string const id = std::string{mark} + victim;
  auto& visitor = sim.node(id);
  if (!visitor.is_running()) sim.restart(id);
  dice d{seed};
  sim.tamper(id, victim, [d]() mutable { return hostile::spoils(d.next(), false); });
  for (std::uint64_t n = d.between(1, 3); n != 0; --n)
    visitor.spawn<&hostile::client>(sim.node(victim).name(), &visits_.emplace_back(), d.next(), false);
}

}  // namespace sweeping
