#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "snow/base/config.hpp"
#include "snow/runtime/pool.hpp"
#include "snow/runtime/scheduler.hpp"

// A worker's round, and what its memory does rarely: compiled once for a project.

namespace snow {

SNOW_COMPILED_ONCE void pool::free_all() noexcept {
  flush();
  while (slab* const first = regions_) {
    regions_ = first->next_region;
    ::operator delete (first, std::align_val_t{slab_size});
  }
}

[[gnu::noinline]] SNOW_COMPILED_ONCE void* pool::refill(std::size_t c) {
  free_list& list = lists_[c];
  if (take_home() && list.first) {
    block* const b = list.first;
    list.first = b->next;
    return b;
  }
  std::size_t const size = size_of(c);
  if (list.fresh == list.end) take_run(c);
  void* const p = list.fresh;
  list.fresh += size;
  return p;
}

inline void pool::take_run(std::size_t c) {
  free_list& list = lists_[c];
  std::size_t const size = size_of(c);
  if (static_cast<std::size_t>(end_ - fresh_) < size) begin_slab();
  std::size_t const rest = static_cast<std::size_t>(end_ - fresh_);
  list.fresh = fresh_;
  list.end = fresh_ += std::min(run, rest) / size * size;
  taken_[c] += static_cast<std::uint32_t>(list.end - list.fresh) / static_cast<std::uint32_t>(size);
}

SNOW_COMPILED_ONCE std::size_t pool::held() noexcept {
  take_home();
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    free_list const& list = lists_[c];
    bytes += taken_[c] * size_of(c) - static_cast<std::size_t>(list.end - list.fresh);
    for (block* b = list.first; b; b = b->next) bytes -= size_of(c);
  }
  return bytes;
}

inline void pool::begin_slab() {
  if (begun_ == slabs_) {
    std::size_t const slabs = std::clamp<std::size_t>(2 * slabs_, 1, most_slabs);
    regions_ = new (::operator new (slabs* slab_size, std::align_val_t{slab_size})) slab{this, regions_};
    slabs_ = slabs;
    begun_ = 0;
  }
  std::byte* const begin = reinterpret_cast<std::byte*>(regions_) + begun_ * slab_size;
  if (begun_++ != 0) new (begin) slab{this, nullptr};
  fresh_ = begin + sizeof(slab);
  end_ = begin + slab_size;
}

SNOW_COMPILED_ONCE void pool::send_home(pool& owner, void* p, std::size_t size) noexcept {
  pool* const mine = current();
  auto* const b = new (p) block{nullptr, class_of(size)};
  if (!mine) return owner.returned_.push(*b, *b);
  if (mine->away_ != &owner || mine->away_count_ == batch) mine->flush();
  b->next = mine->away_first_;
  mine->away_first_ = b;
  if (mine->away_count_++ == 0) mine->away_last_ = b;
  mine->away_ = &owner;
}

SNOW_COMPILED_ONCE void pool::flush() noexcept {
  if (away_count_ == 0) return;
  away_->returned_.push(*away_first_, *away_last_);
  away_first_ = away_last_ = nullptr;
  away_count_ = 0;
}

inline bool pool::take_home() noexcept {
  block* b = returned_.take();
  if (!b) return false;
  while (b) {
    block* const next = b->next;
    free_list& list = lists_[b->size_class];
    b->next = list.first;
    list.first = b;
    b = next;
  }
  return true;
}

SNOW_COMPILED_ONCE void scheduler::inject(cell& c) noexcept {
  at(spread_.fetch_add(1, std::memory_order_relaxed) % size()).inject(c);
}

[[gnu::noinline]] SNOW_COMPILED_ONCE void scheduler::call_one_for(worker& busy) noexcept {
  if (!busy.ready_.stealable() || !change(watch::nobody, watch::called)) return;
  for (auto& w : workers_)
    if (w.get() != &busy && w->is_sleeper_.load(std::memory_order_relaxed) && w->asleep_.must_wake())
      return w->wake();
  change(watch::called, watch::nobody);
}

inline void scheduler::look_after_all_but(const worker& me) noexcept {
  for (auto& w : workers_)
    if (w.get() != &me) ask_for_help(*w);
}

inline scheduler::spoils scheduler::steal_for(worker& thief) noexcept {
  auto found = spoils::none;
  for (std::size_t i = 1; i < size(); ++i) {
    worker& other = at((thief.index() + i) % size());
    bool const fresh = thief.turn_time_ - other.busy_since() < tuning_.nap;
    if (!fresh && other.ready_.steal_into(thief.ready_) != 0) {
      thief.warm_ = thief.ready_.pop();
      return spoils::taken;
    }
    if (fresh || !other.rests_.load(std::memory_order_relaxed)) found = spoils::later;
  }
  return found;
}

SNOW_COMPILED_ONCE void worker::withdraw(timer& t) noexcept {
  worker& owner = *t.owner;
  if (&owner == current()) return owner.take_back(t);
  owner.cancelled_.push(t);
  owner.wake_if_asleep();
}

inline void worker::take_back_cancelled() noexcept {
  for (envelope* e = cancelled_.take(); e;) take_back(static_cast<timer&>(*std::exchange(e, e->next)));
}

inline bool worker::take_in() noexcept {
  bool some = false;
  take_back_cancelled();
  for (job* j = jobs_.take(); j; some = true) {
    job& now = *std::exchange(j, j->next);
    now.run(now);
  }
  for (cell* c = injected_.take(); c; some = true) {
    cell& now = *std::exchange(c, c->next);
    ready_.push(now);
  }
  while (timer* const t = timers_.due(turn_time_)) {
    some = true;
    auto expected = timer::state::armed;
    // Otherwise its cancellation is on the way here.
    if (t->is.compare_exchange_strong(expected, timer::state::fired, std::memory_order_acq_rel))
      t->fire(*t, *this);
  }
  return some;
}

SNOW_COMPILED_ONCE cell* worker::next_ready() noexcept {
  // The warm slot goes first, but not for ever: others wait in the queue.
  if (warm_ && (warm_in_a_row_++ < tuning_.most_warm || ready_.empty())) return std::exchange(warm_, nullptr);
  warm_in_a_row_ = 0;
  if (cell* const c = ready_.pop()) return c;
  return std::exchange(warm_, nullptr);
}

/// False when none was ready.
inline bool worker::run_actors() {
  for (bool some = false;; some = true) {
    for (int messages = 0; messages < tuning_.look_every;) {
      cell* const c = next_ready();
      if (!c) return some || messages != 0;
      scheduler_.ask_for_help(*this);
      budget_ = tuning_.budget;
      scheduler_.activate_(*this, *c);
      messages += one_turn + tuning_.budget - budget_;
    }
    if (scheduler_.clock_.now() - turn_time_ >= tuning_.turn_length) return true;
  }
}

inline void worker::finish_turn() {
  for (turn_end* t = std::exchange(turn_ends_, nullptr); t;) {
    turn_end& now = *std::exchange(t, t->next);
    now.listed = false;
    now.run(now);
  }
  memory_.flush();
}

SNOW_COMPILED_ONCE void worker::turn(bool may_sleep) {
  entered const in{*this};
  if (std::exchange(parked_, false)) rise();
  turn_time_ = scheduler_.clock_.now();
  take_in();
  if (rests_.load(std::memory_order_relaxed) && has_ready()) {
    busy_since_.store(turn_time_.time_since_epoch().count(), std::memory_order_relaxed);
    rests_.store(false, std::memory_order_relaxed);
    if (std::exchange(looked_, false)) scheduler_.look_after_all_but(*this);
  }
  ran_actors_ = run_actors();
  finish_turn();
  bool const rests = !has_ready();
  rests_.store(rests, std::memory_order_relaxed);
  if (!rests || turn_ends_) return poller_.wait(time_point::min());
  auto const found = scheduler_.steal_for(*this);
  if (found == scheduler::spoils::taken || !may_sleep) return poller_.wait(time_point::min());
  sleep(found == scheduler::spoils::later);
}

inline void worker::sleep(bool others_work) {
  // While others are at work, one looks after them, nap by nap, instead of being woken for whatever it could
  // steal.
  looked_ = false;
  watches_ = others_work && scheduler_.change(scheduler::watch::nobody, scheduler::watch::naps);
  is_sleeper_.store(!watches_, std::memory_order_relaxed);
  if (!watches_) scheduler_.sleepers_.fetch_add(1, std::memory_order_relaxed);
  asleep_.announce();
  bool const late =
      has_work() || scheduler_.stopping() || scheduler_.steal_for(*this) == scheduler::spoils::taken;
  time_point const until = watches_ ? std::min(timers_.next(), turn_time_ + tuning_.nap) : timers_.next();
  poller_.wait(late ? time_point::min() : until);
  if (poller_.sleeps()) {
    rise();
  } else {
    parked_ = true;
  }
}

inline void worker::rise() noexcept {
  if (is_sleeper_.exchange(false, std::memory_order_relaxed)) {
    scheduler_.sleepers_.fetch_sub(1, std::memory_order_relaxed);
    looked_ = scheduler_.change(scheduler::watch::called, scheduler::watch::nobody);
  }
  if (std::exchange(watches_, false)) {
    looked_ = true;
    scheduler_.watch_.store(scheduler::watch::nobody, std::memory_order_relaxed);
  }
  asleep_.rise();
}

SNOW_COMPILED_ONCE void worker::tidy() noexcept {
  entered const in{*this};
  take_back_cancelled();
  memory_.flush();
}

SNOW_COMPILED_ONCE void worker::clear() noexcept {
  entered const in{*this};
  take_back_cancelled();
  while (timer* const t = timers_.due(time_point::max())) dispose(t);
  memory_.flush();
}

SNOW_COMPILED_ONCE void worker::run() {
  while (!scheduler_.stopping()) turn(true);
}

}  // namespace snow
