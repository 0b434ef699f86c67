#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "snow/runtime/machine.hpp"
#include "snow/testing/dice.hpp"
#include "snow/testing/simulated_clock.hpp"
#include "snow/testing/timeline.hpp"

namespace snow::testing {

/// How quick a simulated computer is; the bounds of what is drawn.
struct pace {
  duration wake_least = std::chrono::microseconds{1};
  duration wake_most = std::chrono::microseconds{50};     ///< from the wake-up of a worker to its turn
  duration look = std::chrono::microseconds{1};           ///< what a look at the clock takes
  duration blocking_most = std::chrono::milliseconds{2};  ///< what a `blocking` function takes
  std::uint64_t stall_one_in = 0;                         ///< turns: then that worker is held up,
  duration stall_most = std::chrono::milliseconds{200};   ///< for so long at most
  bool reorders = false;  ///< the actors that are ready at the beginning of a turn
};

/// The machine under one simulated node. A worker's turn takes no time but that of its looks at the clock;
/// the turns of all workers follow each other.
class computer final : public machine {
 public:
  computer(timeline& time, dice d, const pace& p, const snow::tuning& t)
      : time_{time}, dice_{d.split()}, random_{d.split()}, pace_{p}, tuning_{t}, clock_{time, p.look} {}

  snow::clock& clock() noexcept override { return clock_; }
  snow::random& random() noexcept override { return random_; }
  std::unique_ptr<poller> make_poller(std::function<bool()> turn) override {
    workers_.push_back(std::make_unique<place>(std::move(turn)));
    return std::make_unique<bed>(*this, workers_.size() - 1);
  }
  std::unique_ptr<offload> make_offload() override { return std::make_unique<blocking>(*this); }
  snow::tuning tuning() const noexcept override { return tuning_; }

  bool is_turning() const noexcept override { return turning; }
  bool run_until(const std::function<bool()>& done) override {
    while (!done())
      if (down_ || !time_.step()) return false;
    return true;
  }
  bool is_down() const noexcept override { return down_; }

  /// Are called before and after each turn, with the number of the worker.
  void around_turns(std::function<void(std::size_t)> before, std::function<void(std::size_t)> after) {
    before_turn_ = std::move(before);
    after_turn_ = std::move(after);
  }
  /// Is called once all its workers are through with their last turns.
  void when_over(std::function<void()> f) {
    over_ = std::move(f);
    tell_over();
  }
  /// Draws one of the orders in which a worker may take its actors.
  std::size_t below(std::size_t n) noexcept { return dice_.below(n); }
  bool reorders() const noexcept { return pace_.reorders; }

  // ---- faults
  void crash() noexcept { down_ = true; }
  void pause() noexcept { paused_ = true; }
  void resume() {
    paused_ = false;
    for (std::size_t i = 0; i < workers_.size(); ++i) plan(i, time_.now());
  }
  bool is_paused() const noexcept { return paused_; }
  /// Nobody turns for so long.
  void stall(duration d) noexcept { busy_until_ = std::max(busy_until_, time_.now() + d); }
  /// That worker does not.
  void stall(std::size_t worker, duration d) noexcept {
    time_point& until = workers_.at(worker)->stalled_until;
    until = std::max(until, time_.now() + d);
  }
  /// Moves its clock on.
  void skew(duration d) {
    clock_.move(d);
    for (std::size_t i = 0; i < workers_.size(); ++i) plan(i, time_.now());
  }
  /// Its clock runs so many millionths faster than time does; slower, if negative.
  void drift(std::int64_t ppm) {
    clock_.drift(ppm);
    for (std::size_t i = 0; i < workers_.size(); ++i) plan(i, time_.now());
  }
  void set_pace(const pace& p) noexcept { pace_ = p; }

  /// Whether any turn of any simulated node is under way: then nobody may wait for another.
  static inline thread_local bool turning = false;

 private:
  struct place {
    explicit place(std::function<bool()> f) : turn{std::move(f)} {}
    std::function<bool()> turn;
    time_point planned = time_point::max();
    time_point stalled_until = time_point::min();
    time_point sleeps_until = time_point::min();  // by this computer's clock
    bool over = false;
  };
  class bed final : public poller {
   public:
    bed(computer& of, std::size_t worker) noexcept : of_{of}, worker_{worker} {}
    void wait(time_point until) override { of_.workers_[worker_]->sleeps_until = until; }
    void wake() noexcept override {
      of_.plan(worker_, of_.time_.now() + of_.dice_.between(of_.pace_.wake_least, of_.pace_.wake_most));
    }
    bool sleeps() const noexcept override { return false; }

   private:
    computer& of_;
    std::size_t const worker_;
  };
  class blocking final : public offload {
   public:
    explicit blocking(computer& of) noexcept : of_{of} {}
    ~blocking() override {
      while (run_first()) {
      }
    }
    void submit(job& j) override {
      all_.push_back(&j);
      of_.time_.after(
          of_.dice_.between(std::min(duration{1}, of_.pace_.blocking_most), of_.pace_.blocking_most),
          [this, alive = std::weak_ptr{alive_}] {
            if (!alive.expired()) run_first();
          });
    }

   private:
    bool run_first() {
      if (all_.empty()) return false;
      job& j = *all_.front();
      all_.pop_front();
      j.run(j);
      return true;
    }
    computer& of_;
    std::deque<job*> all_;
    std::shared_ptr<bool> const alive_ = std::make_shared<bool>(true);
  };

  void plan(std::size_t worker, time_point when) {
    place& p = *workers_[worker];
    if (p.over || p.planned <= when) return;
    p.planned = when;
    time_.at(when, [this, worker, when, alive = std::weak_ptr{alive_}] {
      if (!alive.expired() && workers_[worker]->planned == when) take_turn(worker);
    });
  }
  void take_turn(std::size_t worker) {
    place& p = *workers_[worker];
    p.planned = time_point::max();
    if (down_ || paused_ || p.over) return;
    if (dice_.one_in(pace_.stall_one_in)) stall(worker, dice_.between(duration{1}, pace_.stall_most));
    if (auto const free = std::max(busy_until_, p.stalled_until); free > time_.now())
      return plan(worker, free);
    bool const outer = std::exchange(turning, true);
    if (before_turn_) before_turn_(worker);
    p.over = !p.turn();
    turning = outer;
    if (after_turn_) after_turn_(worker);
    busy_until_ = std::max(busy_until_, clock_.true_time(clock_.last()));
    if (p.over) return tell_over();
    if (p.sleeps_until == time_point::min())
      plan(worker, time_.now());
    else if (p.sleeps_until != time_point::max())
      plan(worker, std::max(time_.now(), clock_.true_time(p.sleeps_until)));
  }

  /// After this turn, since it ends the node.
  void tell_over() {
    if (!std::all_of(workers_.begin(), workers_.end(), [](auto const& p) { return p->over; })) return;
    time_.after({}, [this, alive = std::weak_ptr{alive_}] {
      if (!alive.expired() && !down_ && over_) over_();
    });
  }

  timeline& time_;
  dice dice_;
  dice random_;
  pace pace_;
  snow::tuning const tuning_;

  time_point busy_until_{};
  std::function<void(std::size_t)> before_turn_;
  std::function<void(std::size_t)> after_turn_;
  std::function<void()> over_;
  bool paused_ = false;
  bool down_ = false;
  simulated_clock clock_;
  std::vector<std::unique_ptr<place>> workers_;
  std::shared_ptr<bool> const alive_ = std::make_shared<bool>(true);
};

}  // namespace snow::testing
