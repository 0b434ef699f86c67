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
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "snow/node/asio_poller.hpp"
#include "snow/node/offload_pool.hpp"
#include "snow/process/spawn.hpp"
#include "snow/runtime/machine.hpp"
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
    snow::machine* machine = nullptr;  ///< who turns the workers; null: threads of the node's own
  };

  explicit engine(const settings& s);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  /// Stops, and waits until the last frame is destroyed. Not on one of its own workers.
  ~engine();

  environment& env() noexcept { return env_; }
  const environment& env() const noexcept { return env_; }
  worker& first() noexcept { return env_.at(0); }

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

  bool turn_on_machine(std::size_t i);
  void run_machine();
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
  std::vector<std::unique_ptr<poller>> pollers_;
  std::unique_ptr<offload> blocking_;
  departing* departing_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  state state_ = state::fresh;
  std::vector<std::thread> threads_;
  std::mutex finishing_;
  std::atomic<bool> stop_asked_ = false;
  std::atomic<bool> machine_left_ = false;  // its turns are over

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

/// As soon as 128 KiB at the end of glibc's heap are free, it gives them back to the system: a node that
/// takes one large message after the other would fault their pages in each time. It moves that bound itself,
/// to twice the largest block that was freed, unless the user has set it (mallopt(3), M_MMAP_THRESHOLD). Once
/// is enough for a process.
inline void keep_heap_mapped() {
  constexpr std::size_t large = std::size_t{4} << 20;
  [[maybe_unused]] static bool const done = (::operator delete(::operator new(large)), true);
}

}  // namespace detail

inline engine::engine(const settings& s)
    : settings_{s},
      env_{s.machine ? s.machine->clock() : clock_, s.most_actors,
           s.machine ? s.machine->tuning() : tuning{}} {
  std::size_t const n = s.workers != 0 ? s.workers : s.machine ? 1 : detail::cores();
  for (std::size_t i = 0; i < n; ++i) {
    pollers_.push_back(s.machine ? s.machine->make_poller([this, i] { return turn_on_machine(i); })
                                 : std::make_unique<asio_poller>());
    env_.add(*pollers_.back());
  }
  blocking_ = s.machine ? s.machine->make_offload() : std::make_unique<offload_pool>(s.most_blocking);
  env_.offload = blocking_.get();
  detail::keep_heap_mapped();
}

inline bool engine::turn_on_machine(std::size_t i) {
  if (!env_.stopping()) env_.at(i).turn(true);
  if (!env_.stopping()) return true;
  machine_left_.store(true, std::memory_order_release);
  return false;
}

inline engine::~engine() {
  stop();
}

inline void engine::start() {
  std::lock_guard const lock{mutex_};
  if (state_ != state::fresh) return;
  state_ = state::running;
  if (settings_.machine) {
    for (std::size_t i = 0; i < env_.size(); ++i) env_.at(i).wake();
    return;
  }
  for (std::size_t i = 0; i < env_.size(); ++i) threads_.emplace_back([&w = env_.at(i)] { w.run(); });
}

inline void engine::run() {
  if (settings_.machine) {
    start();
    run_machine();
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
  if (settings_.machine) {
    if (settings_.machine->is_turning()) return;
    bool const started = [&] {
      std::lock_guard const lock{mutex_};
      return state_ == state::running;
    }();
    if (started) run_machine();
    return finish();
  }
  std::unique_lock lock{mutex_};
  if (state_ == state::fresh) state_ = state::ending;  // here, and `run` will find it so
  bool const another_runs = state_ == state::running && threads_.size() < env_.size();
  if (another_runs) return changed_.wait(lock, [&] { return state_ == state::stopped; });
  lock.unlock();
  finish();
}

/// Others may run it at the same time. If it turns nothing any more, `finish` does.
inline void engine::run_machine() {
  settings_.machine->run_until([this] { return machine_left_.load(std::memory_order_acquire); });
  if (settings_.machine->is_down()) env_.stop();
}

/// Waits for the threads, then ends here what they left: frames that a blocking function still used, and what
/// the workers handed to each other last. After it nothing runs.
inline void engine::finish() {
  std::lock_guard const one_at_a_time{finishing_};
  {
    std::lock_guard const lock{mutex_};
    if (state_ == state::stopped) return;
  }
  for (auto& t : threads_)
    if (t.joinable()) t.join();
  auto const turn_all = [&] {
    for (std::size_t i = 0; i < env_.size(); ++i) env_.at(i).turn(false);
  };
  while (!env_.stopping()) turn_all();
  blocking_.reset();
  auto const something_left = [&] {
    if (env_.living.load() != 0 || env_.lingering.load(std::memory_order_acquire) != 0) return true;
    for (std::size_t i = 0; i < env_.size(); ++i)
      if (env_.at(i).has_work()) return true;
    return false;
  };
  do {
    end_all(true);  // again: a thread may have been starting one more
    turn_all();
  } while (something_left());
  std::lock_guard const lock{mutex_};
  state_ = state::stopped;
  changed_.notify_all();
}

inline void engine::drain() {
  if (departing_) departing_->refuse_work();
  drain_until_ = env_.clock().now() + settings_.drain;
  end_all(false);
  look_for_end();
}

inline void engine::look_for_end() {
  constexpr duration again = std::chrono::milliseconds{1};
  constexpr duration after_kill = std::chrono::seconds{1};
  time_point const now = env_.clock().now();
  if (env_.living.load() == 0) return leave();  // seq_cst, as in `start_actor`
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
