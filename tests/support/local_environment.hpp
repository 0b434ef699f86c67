#pragma once

#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "snow/process.hpp"
#include "support/plain_poller.hpp"

namespace support {

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
