#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "snow/runtime/run_on.hpp"
#include "snow/testing/dice.hpp"
#include "snow/testing/timeline.hpp"
#include "snow/testing/trace.hpp"
#include "snow/testing/weather.hpp"

namespace snow::testing {

/// Changes what one end of a connection says, piece by piece, before it is on its way.
using tampering = std::function<void(std::vector<std::byte>&)>;

}  // namespace snow::testing

namespace snow::testing::detail {

/// A simulated computer as the network sees it, from its start to its end.
struct presence {
  std::string name;
};

/// A connection is to break after so many more bytes.
struct breaking {
  std::uint64_t bytes;
  bool silently;  ///< nobody is told
};

/// What lies between simulated computers: who is there, the weather, and what is cut.
class surroundings {
 public:
  surroundings(timeline& t, dice d, trace& history) : time{t}, chance{d}, events{history} {}

  const weather& weather_between(const std::string& from, const std::string& to) const {
    if (by_pair.empty()) return usual;
    auto const it = by_pair.find({from, to});
    return it == by_pair.end() ? usual : it->second;
  }
  duration latency(const std::string& from, const std::string& to) {
    auto const& w = weather_between(from, to);
    bool const late = chance.one_in(w.late_one_in);
    return chance.between(w.latency_least, late ? std::max(w.latency_least, w.late_most) : w.latency_most);
  }
  bool is_cut(const std::string& from, const std::string& to) const {
    return !cut.empty() && cut.contains({from, to});
  }
  /// Runs `f` on that worker, if its computer is still there.
  template <class F>
  static void tell(const std::weak_ptr<presence>& on, worker& home, F f) {
    if (!on.expired()) run_on(home, std::move(f));
  }

  using pair_of_names = std::pair<std::string, std::string>;  // from, to

  timeline& time;
  dice chance;
  trace& events;
  std::map<std::string, std::shared_ptr<presence>> present;
  weather usual;
  std::map<pair_of_names, weather> by_pair;
  std::set<pair_of_names> cut;
  std::map<pair_of_names, breaking> breaks;
  std::map<pair_of_names, std::function<tampering()>> tampered;
};

}  // namespace snow::testing::detail
