#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "snow/runtime/offload.hpp"

namespace snow {

/// A node's threads for what blocks: started as work comes, never more than `most`, kept until the end. What
/// comes while all are busy waits its turn, in order.
class offload_pool final : public offload {
 public:
  explicit offload_pool(std::size_t most = 16) noexcept : most_{most} {}
  offload_pool(const offload_pool&) = delete;
  offload_pool& operator=(const offload_pool&) = delete;
  /// Runs what was submitted, then joins the threads.
  ~offload_pool() override;

  void submit(job& j) override;

 private:
  void start_another();
  void serve();

  std::size_t const most_;
  std::mutex mutex_;
  std::condition_variable more_;
  job* first_ = nullptr;
  job* last_ = nullptr;
  std::size_t waiting_jobs_ = 0;
  std::size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

inline offload_pool::~offload_pool() {
  {
    std::lock_guard const lock{mutex_};
    ending_ = true;
  }
  more_.notify_all();
  for (auto& t : threads_) t.join();
}

inline void offload_pool::submit(job& j) {
  std::lock_guard const lock{mutex_};
  if (waiting_jobs_ >= idle_ && threads_.size() < most_) start_another();
  j.next = nullptr;
  (last_ ? last_->next : first_) = &j;
  last_ = &j;
  ++waiting_jobs_;
  more_.notify_one();
}

/// Without another the work waits for those that there are. Throws `std::system_error` when there is none.
inline void offload_pool::start_another() {
  try {
    threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {
    if (threads_.empty()) throw;
  }
}

inline void offload_pool::serve() {
  std::unique_lock lock{mutex_};
  for (;;) {
    ++idle_;
    more_.wait(lock, [&] { return first_ || ending_; });
    --idle_;
    if (!first_) return;
    job& now = *first_;
    first_ = now.next;
    if (!first_) last_ = nullptr;
    --waiting_jobs_;
    lock.unlock();
    now.run(now);
    lock.lock();
  }
}

}  // namespace snow
