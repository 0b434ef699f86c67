#pragma once

namespace snow {

/// Something to run once, linked where it waits: nothing is allocated to hand it over.
struct job {
  job* next = nullptr;
  void (*run)(job&) = nullptr;
};

/// The threads for what blocks. `node/` owns the pool.
class offload {
 public:
  virtual ~offload() = default;
  /// Any thread. Runs `j` on one of its threads, in the order of the calls.
  virtual void submit(job& j) = 0;
};

}  // namespace snow
