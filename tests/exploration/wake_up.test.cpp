// Sleep and wake-up: the flag, the inbox and the poller's request together, as a worker has them.
#include "snow/runtime/wake_up.hpp"

#include <array>

#include "exploration/exploring.hpp"
#include "snow/runtime/inbox.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::bounds;
using exploration::event;
using exploration::fault_of;
using exploration::holds;
using exploration::order;
using exploration::plain;
using exploration::require;
using exploration::unnoticed;

namespace {

struct job {
  plain<job*> next = nullptr;
  plain<bool> given = false;
};

/// Where the worker sleeps, as `asio_poller`: what is posted ends one wait.
template <class Request>
class poller {
 public:
  void wake() {
    if (request_.make()) posted_.signal();
  }
  void wait() {
    posted_.wait();
    request_.take();
  }

 private:
  Request request_;
  event posted_;
};

/// A worker that runs jobs until it is told to stop; that needs no order of its own.
template <class Flag = snow::sleep_flag<atomic>, class Request = snow::wake_request<atomic>>
struct sleeper {
  snow::inbox<job, atomic> jobs;
  Flag asleep;
  poller<Request> sleeps_on;
  atomic<bool> stopping = false;
  job sent[2];
  plain<int> ran = 0;

  void turn() {
    for (job* j = jobs.take(); j; j = j->next) {
      require(j->given, "a job is there as it was given");
      ran = ran + 1;
    }
  }
  /// As `worker::sleep`; what is late is only looked for.
  void sleep() {
    asleep.announce();
    if (jobs.empty() && !stopping.load(order::relaxed)) sleeps_on.wait();
    asleep.rise();
  }
  void post(job& j) {
    j.given = true;
    jobs.push(j);
    if (asleep.must_wake()) sleeps_on.wake();
  }

  void run_until_stopped() {
    while (!stopping.load(order::relaxed)) {
      turn();
      sleep();
    }
  }
  void run_two_jobs() {
    while (ran < 2) {
      turn();
      if (ran < 2) sleep();
    }
  }
  void post_first() { post(sent[0]); }
  void post_second() { post(sent[1]); }
  void stop() {
    stopping.store(true, order::relaxed);
    sleeps_on.wake();
  }
};

template <class Sleeper = sleeper<>>
struct stopped : Sleeper {
  static constexpr std::array<void (stopped::*)(), 3> threads{&stopped::run_until_stopped,
                                                              &stopped::post_first, &stopped::stop};
};
template <class Sleeper = sleeper<>>
struct two_posts : Sleeper {
  static constexpr std::array<void (two_posts::*)(), 3> threads{
      &two_posts::run_two_jobs, &two_posts::post_first, &two_posts::post_second};
};

/// A worker whose turns are handlers of a context that two threads run, as `hosted_poller`.
template <class Request = snow::turn_request<atomic>>
struct hosted {
  Request request;
  event called;
  snow::inbox<job, atomic> jobs;
  job sent[2];
  plain<int> ran = 0;  // the worker's own: from one turn to the next, on whichever thread
  atomic<bool> stopping = false, over = false;

  void ask() {
    if (request.make()) called.signal();
  }
  void post_two_and_stop() {
    for (job& j : sent) {
      j.given = true;
      jobs.push(j);
      ask();
    }
    stopping.store(true, order::relaxed);
    ask();
  }
  void run_jobs() {
    for (job* j = jobs.take(); j; j = j->next) ran = ran + 1;
  }
  void take_turns() {
    for (;;) {
      called.wait();
      if (over.load(order::relaxed)) return;
      request.begin();
      run_jobs();
      if (stopping.load(order::relaxed)) break;
      if (!request.end()) called.signal();
    }
    over.store(true, order::relaxed);
    called.signal();
  }
  void at_end() {
    run_jobs();
    require(ran == 2, "no job is lost");
  }
  static constexpr std::array threads{&hosted::take_turns, &hosted::take_turns, &hosted::post_two_and_stop};
};

// ---- planted faults

/// Looks, then announces, then sleeps.
template <class Sleeper = sleeper<>>
struct looks_too_early : Sleeper {
  void sleep() {
    bool const late = !this->jobs.empty() || this->stopping.load(order::relaxed);
    this->asleep.announce();
    if (!late) this->sleeps_on.wait();
    this->asleep.rise();
  }
  void run_two_jobs() {
    while (this->ran < 2) {
      this->turn();
      if (this->ran < 2) sleep();
    }
  }
};

/// As it was once: what they wrote who find a request made is not seen by who takes it.
class stored_request {
 public:
  bool make() { return !made_.exchange(true, order::acq_rel); }
  void take() { made_.store(false, order::release); }

 private:
  atomic<bool> made_ = false;
};
class stored_turn {
 public:
  bool make() {
    int was = phase_.load(order::relaxed);
    while (was != again && !phase_.compare_exchange_weak(was, was + 1, order::acq_rel, order::relaxed)) {
    }
    return was == idle;
  }
  void begin() { phase_.store(pending, order::relaxed); }
  bool end() {
    int expected = pending;
    return phase_.compare_exchange_strong(expected, idle, order::acq_rel);
  }

 private:
  enum : int { idle, pending, again };
  atomic<int> phase_ = idle;
};

}  // namespace

TEST_CASE("explored: a worker that goes to sleep misses nothing that is handed to it") {
  CHECK(holds<stopped<>>("sleep and wake-up, a job and the stop", {.preemptions = 3, .stale_reads = 2}));
  CHECK(holds<two_posts<>>("sleep and wake-up, two jobs", {.preemptions = 3, .stale_reads = 2}));
  CHECK(holds<hosted<>>("turns that are asked for, on two threads", {.preemptions = 2, .stale_reads = 2}));
}

TEST_CASE("explored: a worker that looks before it announces its sleep sleeps for ever") {
  CHECK(fault_of<two_posts<looks_too_early<>>>() == "nobody can go on: A in event::wait");
}

TEST_CASE("explored: a request that is taken by a store hides what was written before it") {
  CHECK(fault_of<stopped<sleeper<snow::sleep_flag<atomic>, stored_request>>>() ==
        "nobody can go on: A in event::wait");
  CHECK(fault_of<hosted<stored_turn>>() == "nobody can go on: A in event::wait B in event::wait");
}

TEST_CASE("explored: each memory order of sleep and wake-up is needed") {
  bounds const few{.preemptions = 2, .stale_reads = 2};
  CHECK(unnoticed<stopped<>, two_posts<>, hosted<>>("wake_up.hpp", few).empty());
  CHECK(unnoticed<stopped<>, two_posts<>>("inbox.hpp", few).empty());
}
