#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <source_location>
#include <string>
#include <thread>
#include <vector>

#include "snow/process.hpp"
#include "support/catch.hpp"
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

/// Time that passes when the test says so.
class hand_clock final : public snow::clock {
 public:
  snow::time_point now() noexcept override { return now_; }
  void advance(snow::duration d) noexcept { now_ += d; }

 private:
  snow::time_point now_{std::chrono::hours{1}};
};

/// The actors of one node without a node.
class local_node {
 public:
  explicit local_node(std::size_t workers = 1, snow::clock* of_the_test = nullptr,
                      std::size_t actor_limit = snow::environment::default_actor_limit)
      : sleeps_(workers), env{of_the_test ? *of_the_test : clock_, actor_limit} {
    env.offload = &blocking_;
    for (auto& s : sleeps_) env.add(s);
  }
  ~local_node() {
    if (!threads_.empty()) join();
    env.end_all();
  }

  template <auto F, class... Args>
  snow::pid spawn(Args&&... args) {
    return spawn_with<F>({}, std::forward<Args>(args)...);
  }
  template <auto F, class... Args>
  snow::pid spawn_with(const snow::start_options& o, Args&&... args) {
    using kept = typename snow::detail::callable<F>::kept;
    return snow::start_actor(env,
                             snow::detail::make_launch<snow::detail::launch_of<F>>(
                                 env, snow::detail::keep<kept>(std::forward<Args>(args)...)),
                             o);
  }

  /// Gives each worker a thread.
  void start() {
    for (std::size_t i = 0; i < env.size(); ++i) threads_.emplace_back([this, i] { env.at(i).run(); });
  }
  /// Until an actor has stopped the environment.
  void join() {
    for (auto& t : threads_) t.join();
    threads_.clear();
  }
  /// Runs the only worker on this thread for so many turns; as good as for ever for what waits for no time.
  void turn(int turns = 100) {
    for (int i = 0; i < turns; ++i) env.at(0).turn(false);
  }

 private:
  snow::steady_clock clock_;
  plain_offload blocking_;
  std::deque<plain_poller> sleeps_;
  std::vector<std::thread> threads_;

 public:
  snow::environment env;
};

// Catch's assertions are for one thread: what actors find wrong is noted, and the test looks at the notes.

inline std::mutex notes_mutex;
inline std::string notes;

inline void expect(bool good, const std::source_location& where = std::source_location::current()) {
  if (good) return;
  std::lock_guard const lock{notes_mutex};
  notes.append(where.file_name()).append(":").append(std::to_string(where.line())).append(" ");
}

/// An actor that runs `F` and stops the environment when it has ended, not normally being a mistake.
template <auto F>
snow::actor first_actor(snow::context& self) {
  self.spawn_monitor<F>();
  co_await self.receive([](snow::down d) {
    if (d.reason == snow::errc::normal) return;
    std::lock_guard const lock{notes_mutex};
    notes.append(d.reason.to_string()).append(" ");
  });
  snow::environment::current().stop();
}

/// Runs `F` on so many workers until it has ended, then ends all; fails where an actor expected another
/// thing.
template <auto F>
void run_actors(std::size_t workers = 1) {
  notes.clear();
  {
    local_node node{workers};
    node.spawn<first_actor<F>>();
    node.start();
  }
  CHECK(notes == "");
}

}  // namespace support
