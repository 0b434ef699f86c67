#pragma once

#ifdef __linux__
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "snow/node/asio_poller.hpp"
#include "snow/node/hosted_poller.hpp"
#include "snow/node/offload_pool.hpp"
#include "snow/process/spawn.hpp"
#include "snow/runtime/run_on.hpp"
#include "snow/session/alarm.hpp"

namespace snow {

/// What a node has beside its actors and must leave in good order when it stops.
class departing {
 public:
  virtual ~departing() = default;
  /// On the first worker: takes no new work from outside.
  virtual void refuse_work() = 0;
  /// On the first worker: flushes what is to go out, says goodbye, then calls `done` once.
  virtual void leave(std::function<void()> done) = 0;
};

/// The workers of one node: their threads, their start and their orderly end (S-32).
///
/// It runs once: fresh, running, ending, stopped, never back.
class engine {
 public:
  struct settings {
    std::size_t workers = 0;  ///< 0: as many as cores that the process may use
    std::size_t most_actors = environment::default_actor_limit;
    std::size_t most_blocking = 16;
    duration drain = std::chrono::seconds{5};
    asio::io_context* io = nullptr;  ///< the user's, who runs it: then there is one worker, on it
  };

  explicit engine(const settings& s);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  /// Stops, and waits until the last frame is destroyed. Not on one of its own workers.
  ~engine();

  environment& env() noexcept { return env_; }
  const environment& env() const noexcept { return env_; }
  worker& first() noexcept { return env_.at(0); }
  asio::io_context& io_of(const worker& w) noexcept { return pollers_[w.index()]->io(); }

  /// Before the start.
  void on_departure(departing& d) noexcept { departing_ = &d; }

  /// Gives every worker a thread. Does nothing when they have theirs.
  void start();
  /// Runs until it is stopped; the calling thread is a worker too, unless `start` was called.
  void run();
  /// Ends the actors that wait in `receive`, lets the others finish within the drain time, says goodbye. Any
  /// thread; waits for the end, but not on a worker of its own.
  void stop();
  bool stopping() const noexcept { return stop_asked_.load(std::memory_order_acquire); }

 private:
  enum class state : std::uint8_t { fresh, running, ending, stopped };

  void run_host();
  void finish();
  bool is_mine(const worker* w) const noexcept { return w && &w->owner() == &env_; }

  // ---- the end, on the first worker
  void drain();
  void look_for_end();
  void end_all(bool for_good);
  void leave();

  settings const settings_;
  steady_clock clock_;
  environment env_;
  std::vector<std::unique_ptr<asio_poller>> pollers_;
  std::unique_ptr<offload_pool> blocking_;
  departing* departing_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  state state_ = state::fresh;
  std::vector<std::thread> threads_;
  std::mutex finishing_;
  std::atomic<bool> stop_asked_ = false;
  std::atomic<bool> host_left_ = false;  // no turn is taken on the user's context any more

  alarm look_again_;
  time_point drain_until_{};
  bool killed_ = false;
};

namespace detail {

/// That this process may use: fewer than the machine has where it is kept to some of them.
inline std::size_t cores() noexcept {
#ifdef __linux__
  cpu_set_t mine;
  if (::sched_getaffinity(0, sizeof mine, &mine) == 0) return static_cast<std::size_t>(CPU_COUNT(&mine));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace detail

inline engine::engine(const settings& s)
    : settings_{s}, env_{clock_, s.most_actors}, blocking_{std::make_unique<offload_pool>(s.most_blocking)} {
  if (s.io) {
    env_.add(*pollers_.emplace_back(std::make_unique<hosted_poller>(*s.io, [this] {
      if (!env_.stopping()) first().turn(true);
      if (env_.stopping()) host_left_.store(true, std::memory_order_release);
      return !env_.stopping();
    })));
  } else {
    std::size_t const n = s.workers != 0 ? s.workers : detail::cores();
    for (std::size_t i = 0; i < n; ++i) env_.add(*pollers_.emplace_back(std::make_unique<asio_poller>()));
  }
  env_.offload = blocking_.get();
}

inline engine::~engine() {
  stop();
}

inline void engine::start() {
  std::lock_guard const lock{mutex_};
  if (state_ != state::fresh) return;
  state_ = state::running;
  if (settings_.io) return first().wake();
  for (std::size_t i = 0; i < env_.size(); ++i) threads_.emplace_back([&w = env_.at(i)] { w.run(); });
}

inline void engine::run() {
  if (settings_.io) {
    start();
    run_host();
    return finish();
  }
  bool joins_in = false;
  {
    std::lock_guard const lock{mutex_};
    if (state_ == state::fresh) {
      state_ = state::running;
      joins_in = true;
      for (std::size_t i = 1; i < env_.size(); ++i) threads_.emplace_back([&w = env_.at(i)] { w.run(); });
    }
  }
  if (joins_in) first().run();
  finish();
}

inline void engine::stop() {
  if (!stop_asked_.exchange(true, std::memory_order_acq_rel)) {
    env_.refusing.store(true);
    run_on(first(), [this] { drain(); });
  }
  if (is_mine(worker::current())) return;
  if (settings_.io) {
    if (settings_.io->get_executor().running_in_this_thread()) return;
    bool const started = [&] {
      std::lock_guard const lock{mutex_};
      return state_ == state::running;
    }();
    if (started) run_host();
    return finish();
  }
  std::unique_lock lock{mutex_};
  if (state_ == state::fresh) state_ = state::ending;  // here, and `run` will find it so
  bool const another_runs = state_ == state::running && threads_.size() < env_.size();
  if (another_runs) return changed_.wait(lock, [&] { return state_ == state::stopped; });
  lock.unlock();
  finish();
}

/// Runs the user's context until the node has stopped; others may do so at the same time. If it does not run
/// any more, the worker is turned without it.
inline void engine::run_host() {
  constexpr std::chrono::milliseconds look{10};
  while (!host_left_.load(std::memory_order_acquire) && !(env_.stopping() && settings_.io->stopped())) {
    if (settings_.io->stopped())
      first().turn(false);
    else
      settings_.io->run_one_for(look);
  }
}

/// Waits for the threads, then ends here what they left: frames that a blocking function still used.
inline void engine::finish() {
  std::lock_guard const one_at_a_time{finishing_};
  for (auto& t : threads_)
    if (t.joinable()) t.join();
  auto const turn_all = [&] {
    for (std::size_t i = 0; i < env_.size(); ++i) env_.at(i).turn(false);
  };
  while (!env_.stopping()) turn_all();
  blocking_.reset();
  do {
    end_all(true);  // again: a thread may have been starting one more
    turn_all();
  } while (env_.living.load() != 0 || env_.lingering.load(std::memory_order_acquire) != 0);
  std::lock_guard const lock{mutex_};
  state_ = state::stopped;
  changed_.notify_all();
}

inline void engine::drain() {
  if (departing_) departing_->refuse_work();
  drain_until_ = clock_.now() + settings_.drain;
  end_all(false);
  look_for_end();
}

inline void engine::look_for_end() {
  constexpr duration again = std::chrono::milliseconds{1};
  constexpr duration after_kill = std::chrono::seconds{1};
  time_point const now = clock_.now();
  if (env_.living.load(std::memory_order_acquire) == 0) return leave();
  if (now >= drain_until_) {
    if (killed_) return leave();
    killed_ = true;
    drain_until_ = now + after_kill;
    end_all(true);
  }
  look_again_.set(now + again, [this] { look_for_end(); });
}

inline void engine::end_all(bool for_good) {
  actor_table& actors = env_.actors();
  for (std::uint32_t slot = 0; slot < actors.size(); ++slot)
    signal_exit(env_, actors.at(slot)->id(),
                {{}, for_good ? errc::killed : errc::shutdown, for_good, true, !for_good});
}

inline void engine::leave() {
  if (departing_) {
    departing_->leave([this] { env_.stop(); });
  } else {
    env_.stop();
  }
}

}  // namespace snow
