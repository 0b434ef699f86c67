#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "snow/runtime/actor_table.hpp"
#include "snow/runtime/inbox.hpp"
#include "snow/runtime/offload.hpp"
#include "snow/runtime/poller.hpp"
#include "snow/runtime/pool.hpp"
#include "snow/runtime/run_queue.hpp"
#include "snow/runtime/timers.hpp"
#include "snow/runtime/tuning.hpp"
#include "snow/runtime/wake_up.hpp"

namespace snow {

class scheduler;

/// Work that is put off to the end of a turn, so that what many actors wrote leaves with one system call.
struct turn_end {
  turn_end* next = nullptr;
  bool listed = false;
  void (*run)(turn_end&) = nullptr;
};

/// A thread that owns a poller and a run queue of actors. What is not said to be for any thread is for the
/// worker's own.
class worker {
 public:
  worker(scheduler& all, unsigned index, poller& sleep, const tuning& t = {}) noexcept
      : scheduler_{all}, poller_{sleep}, tuning_{t}, index_{index} {}
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// The worker whose turn the calling thread runs; null outside of one.
  SNOW_READS_THREAD_LOCAL static worker* current() noexcept { return current_; }

  snow::scheduler& owner() const noexcept { return scheduler_; }
  unsigned index() const noexcept { return index_; }
  poller& sleeps_on() const noexcept { return poller_; }
  pool& memory() noexcept { return memory_; }
  actor_table::cache& slots() noexcept { return slots_; }

  /// The time at which this turn began.
  time_point turn_time() const noexcept { return turn_time_; }
  /// A number that no other request of the node has or had.
  std::uint64_t new_request() noexcept;

  /// What an actor wakes runs next, where it is still warm; what a timer or the poller wakes, in its turn.
  void schedule(cell& c) noexcept;
  /// Runs it after all that are ready.
  void requeue(cell& c) noexcept { ready_.push(c); }

  /// Any thread.
  void inject(cell& c) noexcept {
    injected_.push(c);
    wake_if_asleep();
  }
  void post(job& j) noexcept {
    jobs_.push(j);
    wake_if_asleep();
  }
  void wake() noexcept { poller_.wake(); }

  void arm(timer& t, time_point deadline, void (*fire)(timer&, worker&)) {
    t.deadline = deadline;
    t.fire = fire;
    t.owner = this;
    timers_.arm(t);
  }
  /// The worker that runs the caller; `t` is armed or has fired into a mailbox that the caller consumes.
  static void cancel(timer& t) noexcept;
  /// Any thread that has seen to it that `t` does not fire: its worker disarms and disposes of it.
  static void withdraw(timer& t) noexcept;

  void at_turn_end(turn_end& t) noexcept {
    if (std::exchange(t.listed, true)) return;
    t.next = std::exchange(turn_ends_, &t);
  }

  cell* running = nullptr;  ///< the actor that runs now

  /// What an actor may still handle before it must give way.
  bool spend() noexcept { return budget_-- > 0; }
  /// The same where control passes between its coroutines, which takes no message.
  bool spend_within() noexcept { return spend() || (tuning_.budget == 0 && budget_ > -most_passes); }

  /// One round: what was handed over, timers, actors, the ends of the turn, I/O. Sleeps only if `may_sleep`
  /// and there is nothing to do. A simulation calls it instead of `run`.
  void turn(bool may_sleep);
  /// Turns until the scheduler is told to stop.
  void run();
  /// Whether something was handed over that no turn has taken in.
  bool has_work() const noexcept { return !injected_.empty() || !jobs_.empty() || !cancelled_.empty(); }
  /// Between turns: puts the actors that are ready in another order, which `below(n)` draws. A simulation
  /// does.
  template <class Below>
  void reorder(Below below) {
    std::vector<cell*> all;
    while (cell* const c = next_ready()) all.push_back(c);
    for (std::size_t left = all.size(); left != 0; --left) {
      std::swap(all[below(left)], all[left - 1]);
      ready_.push(*all[left - 1]);
    }
  }
  /// Whether an actor ran in the last turn.
  bool ran_actors() const noexcept { return ran_actors_; }
  /// Whether an actor waits for a moment. O(timers).
  bool has_deadlines() const noexcept { return timers_.any_of_actors(); }
  /// Between turns, on any thread: takes back what others cancelled and sends freed memory home.
  void tidy() noexcept;
  /// At the end, on any thread: that, and disarms what is armed.
  void clear() noexcept;

  /// Makes the calling thread the worker's, which runs no turn meanwhile. What is made ready needs a `wake`.
  struct entered {
    explicit entered(worker& w) noexcept
        : before{std::exchange(current_, &w)}, pool_before{pool::exchange_current(&w.memory_)} {}
    entered(const entered&) = delete;
    ~entered() {
      current_ = before;
      pool::exchange_current(pool_before);
    }
    worker* before;
    pool* pool_before;
  };

 private:
  friend class snow::scheduler;

  static constexpr int one_turn = 4;  // messages, as which an actor's turn counts when the clock is due
  static constexpr unsigned most_left_lying = 64;  // cancelled timers with a worker that sleeps
  static constexpr int most_passes = 100'000;      // of control, while one message is handled

  bool take_in() noexcept;
  void take_back(timer& t) noexcept;
  void take_back_cancelled() noexcept;
  cell* next_ready() noexcept;
  bool run_actors();
  void finish_turn();
  void sleep(bool others_work);
  void rise() noexcept;
  void wake_if_asleep() noexcept;
  bool has_ready() const noexcept { return warm_ || !ready_.empty(); }
  /// Any thread.
  time_point busy_since() const noexcept {
    return time_point{duration{busy_since_.load(std::memory_order_relaxed)}};
  }

  snow::scheduler& scheduler_;
  poller& poller_;
  tuning const tuning_;
  pool memory_;
  actor_table::cache slots_;
  run_queue ready_;
  cell* warm_ = nullptr;
  unsigned warm_in_a_row_ = 0;
  int budget_ = 0;
  timers timers_;
  turn_end* turn_ends_ = nullptr;
  bool ran_actors_ = false;
  bool parked_ = false;   // asleep, with no thread that waits
  bool watches_ = false;  // asleep for a nap only
  bool looked_ = false;   // slept so, or was called for it
  time_point turn_time_{};
  std::uint64_t next_request_ = 0;
  std::uint64_t end_of_requests_ = 0;
  unsigned const index_;

  // What other threads write, or read of one that sleeps.
  alignas(64) inbox<cell> injected_;
  inbox<job> jobs_;
  inbox<envelope> cancelled_;
  std::atomic<unsigned> cancelled_count_ = 0;    // ever
  std::atomic<bool> rests_ = true;               // nothing was ready at the end of the last turn
  std::atomic<time_point::rep> busy_since_ = 0;  // when something was ready after that
  sleep_flag<> asleep_;
  std::atomic<bool> is_sleeper_ = false;  // asleep, and to be woken where something can be stolen

  // One with the plugins, whose code is hidden otherwise.
  [[gnu::visibility("default")]] static inline constinit thread_local worker* current_ = nullptr;
};

}  // namespace snow
