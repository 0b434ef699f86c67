#pragma once

#include <condition_variable>
#include <mutex>

#include "snow/runtime/poller.hpp"

namespace support {

/// A worker's sleep without I/O.
class plain_poller final : public snow::poller {
 public:
  void wait(snow::time_point until) override {
    if (until == snow::time_point::min()) return;
    std::unique_lock lock{mutex_};
    auto const woken = [&] { return woken_; };
    if (until == snow::time_point::max()) {
      changed_.wait(lock, woken);
    } else {
      changed_.wait_until(lock, until, woken);
    }
    woken_ = false;
  }
  void wake() noexcept override {
    std::lock_guard const lock{mutex_};
    woken_ = true;
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace support
