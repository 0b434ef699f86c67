#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "exploration/atomic.hpp"
#include "exploration/explorer.hpp"
#include "snow/registry/implementation.hpp"  // what cells bring with them; there is no library here

namespace exploration {

/// Says on the standard output how far an exploration went; with a violation, all of it.
void report(std::string_view name, const bounds& b, std::size_t executions,
            const std::optional<violation>& found);

/// Whether no execution is wrong.
template <class Scenario>
bool holds(std::string_view name, const bounds& b = {}) {
  explorer e{b};
  auto const found = e.explore<Scenario>();
  report(name, b, e.executions(), found);
  return !found;
}

/// What is wrong with the first execution that is; empty if none is. Its choices have repeated it.
template <class Scenario>
std::string fault_of(const bounds& b = {}) {
  explorer e{b};
  auto const found = e.explore<Scenario>();
  return found ? found->what : std::string{};
}

/// The next weaker ones.
std::vector<order> weaker_than(const demand& d);
/// As in "push: compare_exchange: seq_cst to acq_rel".
std::string to_string(const weakening& w);

/// Each memory order that the scenarios ask for in that file, weakened by one step, one at a time: those of
/// which no scenario notices anything, sorted.
template <class... Scenarios>
std::vector<std::string> unnoticed(std::string_view file, const bounds& b = {}) {
  std::vector<demand> demands;
  auto const same = [](const demand& x, const demand& y) {
    return x.where.line() == y.where.line() && x.operation == y.operation && x.which == y.which &&
           std::string_view{x.where.file_name()} == y.where.file_name();
  };
  auto const collect = [&]<class Scenario>() {
    explorer e{b};
    e.explore<Scenario>();
    for (auto const& d : e.demands())
      if (std::string_view{d.where.file_name()}.ends_with(file) &&
          std::none_of(demands.begin(), demands.end(), [&](auto const& known) { return same(d, known); }))
        demands.push_back(d);
  };
  (collect.template operator()<Scenarios>(), ...);
  if (demands.empty()) throw std::invalid_argument("exploration: nothing in that file asks for an order");
  auto const notices = [&]<class Scenario>(const weakening& w) {
    explorer e{b};
    e.weaken(w);
    return e.explore<Scenario>().has_value();
  };
  std::vector<std::string> needless;
  for (auto const& d : demands)
    for (order const o : weaker_than(d))
      if (weakening const w{d, o}; !(notices.template operator()<Scenarios>(w) || ...))
        needless.push_back(to_string(w));
  std::sort(needless.begin(), needless.end());
  return needless;
}

}  // namespace exploration
