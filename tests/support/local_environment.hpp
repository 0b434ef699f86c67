#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "snow/process.hpp"

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

/// A thread for each piece of blocking work.
class plain_offload final : public snow::offload {
 public:
  ~plain_offload() override {
    for (auto& t : threads_) t.join();
  }
  void submit(snow::job& j) override {
    std::lock_guard const lock{mutex_};
    threads_.emplace_back([&j] { j.run(j); });
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

/// The actors of one node without a node: runs `F` on so many workers until it has ended, then ends all.
template <auto F>
void run_actors(std::size_t workers = 1) {
  snow::steady_clock clock;
  std::deque<plain_poller> sleeps(workers);
  plain_offload blocking;
  snow::environment env{clock};
  env.offload = &blocking;
  for (auto& s : sleeps) env.add(s);
  auto const main = [](snow::context& self) -> snow::actor {
    self.spawn_monitor<F>();
    co_await self.receive([](snow::down) {});
    snow::environment::current().stop();
  };
  static constexpr auto root = main;
  snow::start_actor(env, snow::detail::make_launch<snow::detail::launch_of<root>>(env, std::tuple<>{}), {});
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back([&env, i] { env.at(i).run(); });
  for (auto& t : threads) t.join();
  env.end_all();
}

}  // namespace support
