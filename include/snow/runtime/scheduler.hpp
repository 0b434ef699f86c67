#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "snow/base/clock.hpp"
#include "snow/base/config.hpp"
#include "snow/runtime/tuning.hpp"
#include "snow/runtime/worker.hpp"

namespace snow {

/// The workers of one node and what they share.
class scheduler {
 public:
  /// `activate` runs one actor until it waits, gives way or ends (`process/` brings it).
  using activation = void (*)(worker&, cell&);

  scheduler(snow::clock& clock, activation activate, const snow::tuning& tuning = {}) noexcept
      : clock_{clock}, activate_{activate}, tuning_{tuning} {}

  /// Before the first turn.
  worker& add(poller& p) {
    workers_.push_back(std::make_unique<worker>(*this, static_cast<unsigned>(workers_.size()), p, tuning_));
    return *workers_.back();
  }

  snow::clock& clock() const noexcept { return clock_; }
  const snow::tuning& tuning() const noexcept { return tuning_; }
  actor_table& actors() noexcept { return actors_; }
  std::size_t size() const noexcept { return workers_.size(); }
  worker& at(std::size_t i) const noexcept { return *workers_[i]; }

  /// Any thread: makes a woken actor run, on the calling worker if there is one.
  void schedule(cell& c) noexcept {
    worker* const w = worker::current();
    if (w && &w->owner() == this) {
      w->schedule(c);
    } else {
      inject(c);
    }
  }
  /// Any thread. False, and the envelope stays the caller's, when the actor has ended.
  bool deliver(cell& c, envelope& e) noexcept {
    switch (c.inbox.push(e)) {
      case mailbox::delivered::woke:
        c.hand(e);
        schedule(c);
        return true;
      case mailbox::delivered::queued:
        return true;
      case mailbox::delivered::closed:
        break;
    }
    return false;
  }

  /// Any thread: memory for an envelope. Threads that are no workers share one pool, under a lock.
  template <class Envelope, class... Args>
  Envelope* make(signal_kind kind, const payload_type& type, Args&&... args) {
    if (pool* const mine = pool::current())
      return make_envelope<Envelope>(*mine, kind, type, std::forward<Args>(args)...);
    std::lock_guard const lock{strangers_mutex_};
    return make_envelope<Envelope>(strangers_, kind, type, std::forward<Args>(args)...);
  }

  /// Any thread: memory as `pool::allocate` gives it.
  void* allocate(std::size_t size) {
    if (pool* const mine = pool::current()) return mine->allocate(size);
    std::lock_guard const lock{strangers_mutex_};
    return strangers_.allocate(size);
  }
  /// Any thread: a slot for a new actor.
  cell& acquire_slot() {
    worker* const w = worker::current();
    if (w && &w->owner() == this) return actors_.acquire(w->slots());
    std::lock_guard const lock{strangers_mutex_};
    return actors_.acquire(strangers_slots_);
  }
  void give_slot_back(cell& c) noexcept {
    worker* const w = worker::current();
    if (w && &w->owner() == this) return actors_.release(w->slots(), c);
    std::lock_guard const lock{strangers_mutex_};
    actors_.release(strangers_slots_, c);
  }

  /// Any thread: every worker leaves `run` after its present turn.
  void stop() noexcept {
    stopping_.store(true, std::memory_order_seq_cst);
    for (auto& w : workers_) w->wake();
  }
  bool stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }

 private:
  friend class worker;

  /// From a thread that is no worker of this node.
  void inject(cell& c) noexcept;

  /// Who looks whether the others need help.
  enum class watch : std::uint8_t {
    nobody,
    called,  ///< one was woken for it, and has not risen yet
    naps,    ///< one that sleeps no longer than a nap
  };
  bool change(watch from, watch to) noexcept {
    return watch_.compare_exchange_strong(from, to, std::memory_order_relaxed);
  }

  /// Where something waits with `busy` and nobody looks after it, one that sleeps is to.
  void ask_for_help(worker& busy) noexcept {
    if (sleepers_.load(std::memory_order_relaxed) != 0 &&
        watch_.load(std::memory_order_relaxed) == watch::nobody)
      call_one_for(busy);
  }
  void call_one_for(worker& busy) noexcept;
  /// Who looked after the others has work of its own: another is to.
  void look_after_all_but(const worker& me) noexcept;
  enum class spoils : std::uint8_t { none, later, taken };
  /// Half of what waits with a worker that has been busy for a nap; before that it may come round to it, and
  /// to run an actor where it is warm costs less than to move it. `later`: there is one that is busy, or was
  /// within a nap. The first that is stolen stays: two that steal from each other would run nothing.
  spoils steal_for(worker& thief) noexcept;

  snow::clock& clock_;
  activation const activate_;
  snow::tuning const tuning_;
  pool strangers_;  // outlives the workers, whose pools may hold its blocks
  std::mutex strangers_mutex_;
  actor_table::cache strangers_slots_;
  actor_table actors_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::atomic<std::uint64_t> requests_ = 1;
  std::atomic<unsigned> spread_ = 0;
  alignas(64) std::atomic<unsigned> sleepers_ = 0;
  std::atomic<watch> watch_ = watch::nobody;
  std::atomic<bool> stopping_ = false;
};

inline void worker::schedule(cell& c) noexcept {
  if (!running) return ready_.push(c);
  if (cell* const older = std::exchange(warm_, &c)) {
    ready_.push(*older);
    scheduler_.ask_for_help(*this);
  }
}

inline std::uint64_t worker::new_request() noexcept {
  if (next_request_ == end_of_requests_) {
    next_request_ = scheduler_.requests_.fetch_add(tuning_.requests_at_once, std::memory_order_relaxed);
    end_of_requests_ = next_request_ + tuning_.requests_at_once;
  }
  return next_request_++;
}

inline void worker::cancel(timer& t) noexcept {
  auto expected = timer::state::armed;
  if (t.owner == current()) {
    if (t.is.load(std::memory_order_relaxed) == expected) t.owner->take_back(t);
  } else if (t.is.compare_exchange_strong(expected, timer::state::cancelled, std::memory_order_acq_rel)) {
    // It is only memory: what a wake-up costs is paid for many together.
    worker& owner = *t.owner;
    owner.cancelled_.push(t);
    if ((owner.cancelled_count_.fetch_add(1, std::memory_order_relaxed) + 1) % most_left_lying == 0)
      owner.wake_if_asleep();
  }
}

inline void worker::take_back(timer& t) noexcept {
  if (t.index != timer::nowhere) timers_.remove(t);
  dispose(&t);
}

inline void worker::wake_if_asleep() noexcept {
  if (asleep_.must_wake()) poller_.wake();
}

SNOW_INSTANTIATED_ONCE(class basic_actor_table<cell>)
SNOW_INSTANTIATED_ONCE(class basic_mailbox<envelope>)
SNOW_INSTANTIATED_ONCE(class basic_run_queue<cell>)
SNOW_INSTANTIATED_ONCE(class inbox<cell>)
SNOW_INSTANTIATED_ONCE(class inbox<job>)

}  // namespace snow
