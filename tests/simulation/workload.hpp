#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "simulation/judge.hpp"
#include "snow/testing.hpp"

namespace sweeping {

/// What runs on the nodes of a run while faults happen to them.
class workload {
 public:
  virtual ~workload() = default;
  /// Once for each incarnation of each node.
  virtual void start(snow::testing::node& on) = 0;
  /// The faults are over and mended: what still runs is to come to its end.
  virtual void finish() = 0;
  /// Whether all has come to its end.
  virtual bool is_done() = 0;
  /// Whether its actors may throw single messages away.
  virtual bool refuses() const = 0;
};

/// What a workload is made for.
struct setting {
  std::uint64_t seed;
  std::vector<std::string> ids;
  snow::testing::simulation_options options;
};

using workload_maker = std::unique_ptr<workload> (*)(const setting&);
std::map<std::string, workload_maker>& workloads();

struct workload_entry {
  workload_entry(const char* name, workload_maker make) { workloads().emplace(name, make); }
};

}  // namespace sweeping
