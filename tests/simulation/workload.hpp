#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "simulation/judge.hpp"
#include "snow/testing.hpp"

namespace sweeping {

/// What runs on the nodes of a run while faults happen to them.
class workload {
 public:
  virtual ~workload() = default;
  /// Once for each incarnation of each node.
  virtual void start(snow::testing::simulation& sim, const std::string& id) = 0;
  /// The faults are over and mended: what still runs is to come to its end.
  virtual void finish(snow::testing::simulation& sim) = 0;
  /// Whether all has come to its end.
  virtual bool is_done() = 0;
};

using workload_maker =
    std::function<std::unique_ptr<workload>(std::uint64_t seed, std::vector<std::string> ids)>;
std::map<std::string, workload_maker>& workloads();

struct workload_entry {
  workload_entry(const char* name, workload_maker make) { workloads().emplace(name, std::move(make)); }
};

}  // namespace sweeping
