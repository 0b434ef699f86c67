#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "snow/testing.hpp"

namespace sweeping {

/// What all actors of a run tell, on whatever simulated node they are, and what must be true of it. The model
/// that a run is held against: it knows the promises of docs/semantics.md and nothing of how they are kept.
class judge {
 public:
  static judge& of_run() { return *now_; }
  judge() { now_ = this; }
  ~judge() { now_ = nullptr; }
  judge(const judge&) = delete;
  judge& operator=(const judge&) = delete;

  template <class... T>
  void fail(fmt::format_string<T...> how, T&&... values) {
    faults_.push_back(fmt::format(how, std::forward<T>(values)...));
    if (sim_) sim_->trace().add("judge", "fails", "{}", faults_.back());
  }
  template <class... T>
  void expect(bool good, fmt::format_string<T...> how, T&&... values) {
    ++judgements_;
    if (!good) fail(how, std::forward<T>(values)...);
  }
  /// What it judges: faults are written into its history, between what led to them and what came of them.
  void watch(snow::testing::simulation& s) noexcept { sim_ = &s; }
  const std::vector<std::string>& faults() const noexcept { return faults_; }
  std::uint64_t judgements() const noexcept { return judgements_; }

  /// A number for something that may happen once.
  std::uint64_t number() { return ++numbers_; }
  /// It happened: twice is too often.
  void once(std::string_view what, std::uint64_t number) {
    expect(happened_[std::string{what}].insert(number).second, "{} {} happened twice", what, number);
  }
  bool has_happened(std::string_view what, std::uint64_t number) const {
    auto const it = happened_.find(std::string{what});
    return it != happened_.end() && it->second.contains(number);
  }

  // ---- time: the true one, whatever the clocks of nodes say
  snow::duration now() const noexcept { return sim_->now(); }
  /// Whether something that was drawn held that node up, wholly or partly, between these two.
  std::function<bool(const std::string& id, snow::duration from, snow::duration to)> was_held_up;
  /// Whether a fault of that name has befallen that node by now; without an id, whether any node.
  std::function<bool(std::string_view fault, const std::string& id)> has_befallen;
  bool was_stopped(const std::string& id) const { return has_befallen("stop", id); }

 private:
  static inline judge* now_ = nullptr;
  std::uint64_t numbers_ = 0;
  std::uint64_t judgements_ = 0;
  std::map<std::string, std::set<std::uint64_t>> happened_;
  std::vector<std::string> faults_;
  snow::testing::simulation* sim_ = nullptr;
};

}  // namespace sweeping
