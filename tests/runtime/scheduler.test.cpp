#include "snow/runtime/scheduler.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "snow/runtime/run_on.hpp"
#include "support/catch.hpp"
#include "support/plain_poller.hpp"

namespace scheduler_test {

using namespace std::chrono_literals;

namespace {

class hand_clock final : public snow::clock {
 public:
  snow::time_point now() noexcept override { return time; }
  snow::time_point time{1h};
};

/// A scheduler whose actors do what the test says.
struct crew {
  explicit crew(std::size_t workers, std::function<void(snow::worker&, snow::cell&)> what)
      : pollers(workers), cells{std::make_unique<snow::cell[]>(most)} {
    act = std::move(what);
    for (auto& p : pollers) all.add(p);
    for (std::uint32_t i = 0; i < most; ++i) cells[i].slot = i;
  }
  ~crew() {
    stop();
    for (std::size_t i = 0; i < all.size(); ++i) all.at(i).clear();
  }
  void start() {
    for (std::size_t i = 0; i < all.size(); ++i) threads.emplace_back([this, i] { all.at(i).run(); });
  }
  void stop() {
    all.stop();
    for (auto& t : threads) t.join();
    threads.clear();
  }
  snow::cell& operator[](std::size_t i) { return cells[i]; }

  static constexpr std::uint32_t most = 1000;
  static inline std::function<void(snow::worker&, snow::cell&)> act;

  snow::steady_clock clock;
  std::deque<support::plain_poller> pollers;
  std::unique_ptr<snow::cell[]> cells;
  snow::scheduler all{clock, [](snow::worker& w, snow::cell& c) { act(w, c); }};
  std::vector<std::thread> threads;
};

/// Of a worker whose turns the test calls.
struct noting_poller final : snow::poller {
  void wait(snow::time_point t) override { until = t; }
  void wake() noexcept override { ++wakes; }
  bool sleeps() const noexcept override { return false; }
  snow::time_point until{};
  int wakes = 0;
};

/// As the runtime does around an actor's turn.
struct on_stage {
  on_stage(snow::worker& on, snow::cell& c) noexcept : w{on} { w.running = &c; }
  ~on_stage() { w.running = nullptr; }
  snow::worker& w;
};

struct counted_job : snow::job {
  int runs = 0;
};

struct noted_timer : snow::timer {
  std::vector<int>* fired;
  int name;
};
/// Ends a timer of type `T`.
template <class T>
constexpr snow::payload_type ends{[](snow::envelope& e) noexcept { std::destroy_at(&static_cast<T&>(e)); }};

struct counting : snow::timer {
  std::latch* fired;
};

noted_timer& armed_timer(snow::worker& w, std::vector<int>& fired, int name, snow::time_point when) {
  auto* const t =
      snow::make_envelope<noted_timer>(w.memory(), snow::signal_kind::completion, ends<noted_timer>);
  t->fired = &fired;
  t->name = name;
  w.arm(*t, when, [](snow::timer& due, snow::worker&) {
    auto& me = static_cast<noted_timer&>(due);
    me.fired->push_back(me.name);
    snow::dispose(&me);
  });
  return *t;
}

}  // namespace

TEST_CASE("what a worker has stolen it runs, though another would steal it back") {
  std::vector<unsigned> ran_on;
  crew c{2, [&](snow::worker& w, snow::cell&) { ran_on.push_back(w.index()); }};
  c.all.at(0).requeue(c[0]);
  for (int i = 0; i < 2; ++i) {
    c.all.at(1).turn(false);
    c.all.at(0).turn(false);
  }
  CHECK(ran_on == std::vector<unsigned>{1});
}

TEST_CASE("an idle worker steals what another has ready") {
  std::map<std::uint32_t, unsigned> ran_on;
  std::mutex mutex;
  std::latch others{99};
  crew c{2, [&](snow::worker& w, snow::cell& a) {
           if (a.slot == 0) {
             others.wait();  // this worker does nothing else, and the other must
           } else {
             std::lock_guard const lock{mutex};
             ran_on[a.slot] = w.index();
             others.count_down();
           }
         }};
  for (std::size_t i = 0; i < 100; ++i) c.all.at(0).inject(c[i]);
  c.start();
  others.wait();
  c.stop();
  CHECK(ran_on.size() == 99);
  for (auto const& [slot, worker] : ran_on) CHECK(worker == 1);
}

TEST_CASE("only a worker that has been busy for a nap is stolen from") {
  hand_clock clock;
  std::deque<noting_poller> pollers(2);
  snow::scheduler all{clock, [](snow::worker& w, snow::cell& c) { crew::act(w, c); }};
  for (auto& p : pollers) all.add(p);
  std::vector<unsigned> ran_on;
  auto const steal_and_run = [&] {
    for (int i = 0; i < 2; ++i) all.at(1).turn(true);
  };
  crew::act = [&](snow::worker& w, snow::cell& c) {
    if (c.slot == 0) {  // runs for long, while another waits
      steal_and_run();
      CHECK(ran_on.empty());
      clock.time += all.tuning().nap;
      steal_and_run();
    }
    ran_on.push_back(w.index());
  };
  std::vector<snow::cell> cells(2);
  cells[1].slot = 1;
  for (auto& c : cells) all.at(0).requeue(c);
  all.at(0).turn(true);
  CHECK(ran_on == std::vector<unsigned>{1, 0});
}

TEST_CASE("while others are at work one that sleeps naps, and nobody is woken to look after them") {
  hand_clock clock;
  std::deque<noting_poller> pollers(3);
  snow::scheduler all{clock, [](auto&, auto&) {}};
  for (auto& p : pollers) all.add(p);
  std::vector<snow::cell> cells(3);
  auto const work = [&] {
    for (auto& c : cells) all.at(0).requeue(c);
    all.at(0).turn(true);
  };
  auto const nap = [&] { clock.time += all.tuning().nap; };
  auto const forever = snow::time_point::max();
  for (std::size_t i = 0; i < 3; ++i) all.at(i).turn(true);
  nap();
  all.at(0).turn(true);
  for (auto& p : pollers) CHECK(p.until == forever);

  work();
  CHECK(pollers[1].wakes == 1);
  CHECK(pollers[2].wakes == 0);
  all.at(1).turn(true);
  CHECK(pollers[1].until == clock.time + all.tuning().nap);
  work();
  work();
  CHECK(pollers[1].wakes + pollers[2].wakes == 1);
  nap();
  all.at(1).turn(true);
  CHECK(pollers[1].until == forever);
  work();
  CHECK(pollers[1].wakes + pollers[2].wakes == 2);
}

TEST_CASE("who looks after the others and gets work of its own calls another, where something waits") {
  hand_clock clock;
  std::deque<noting_poller> pollers(3);
  snow::scheduler all{clock, [](snow::worker& w, snow::cell& c) { crew::act(w, c); }};
  for (auto& p : pollers) all.add(p);
  for (std::size_t i = 1; i < 3; ++i) all.at(i).turn(true);
  std::vector<snow::cell> cells(4);
  crew::act = [](auto&, auto&) {};
  auto const gets_work = [&](snow::cell& c) {
    all.at(1).inject(c);
    all.at(1).turn(true);
  };
  gets_work(cells[3]);
  CHECK(pollers[2].wakes == 0);

  crew::act = [&](snow::worker&, snow::cell& c) {
    if (&c != &cells[0]) return;  // runs for long, while two wait
    CHECK(pollers[1].wakes == 2);
    all.at(1).turn(true);
    CHECK(pollers[1].until == clock.time + all.tuning().nap);
    CHECK(pollers[2].wakes == 0);
    gets_work(cells[3]);
    CHECK(pollers[2].wakes == 1);
    all.at(2).turn(true);
    CHECK(pollers[2].until == clock.time + all.tuning().nap);
    gets_work(cells[3]);
    CHECK(pollers[2].wakes == 1);
  };
  for (std::size_t i = 0; i < 3; ++i) all.at(0).requeue(cells[i]);
  all.at(0).turn(true);
}

TEST_CASE("of what an actor woke, all but the last can be stolen: that one stays where it is warm") {
  unsigned first_on = 9, last_on = 9;
  std::latch stolen{1}, done{1};
  crew* all = nullptr;
  crew c{2, [&](snow::worker& w, snow::cell& a) {
           if (a.slot == 0) {
             on_stage const stage{w, a};
             w.schedule((*all)[1]);
             w.schedule((*all)[2]);
             w.requeue((*all)[3]);
             stolen.wait();
           } else if (a.slot == 1) {
             first_on = w.index();
             stolen.count_down();
           } else if (a.slot == 2) {
             last_on = w.index();
             done.count_down();
           }
         }};
  all = &c;
  c.all.at(0).inject(c[0]);
  c.start();
  stolen.wait();
  done.wait();
  c.stop();
  CHECK(first_on == 1);
  CHECK(last_on == 0);
}

TEST_CASE("an actor that wakes another without end does not keep a third from running") {
  int turns = 0, when_third_ran = 0;
  crew* all = nullptr;
  crew c{1, [&](snow::worker& w, snow::cell& a) {
           on_stage const stage{w, a};
           if (a.slot == 2) {
             when_third_ran = turns;
           } else if (++turns < 10'000) {
             w.schedule((*all)[1 - a.slot]);
           }
         }};
  all = &c;
  c.all.at(0).inject(c[0]);
  c.all.at(0).inject(c[2]);
  while (turns < 10'000) c.all.at(0).turn(false);
  CHECK(when_third_ran > 0);
  CHECK(when_third_ran <= 128);
}

TEST_CASE("a worker runs what was posted and injected, in order, and its ends of the turn once") {
  std::vector<int> ran;
  crew* all = nullptr;
  struct noted_end : snow::turn_end {
    int runs = 0;
  } end;
  end.run = [](snow::turn_end& t) { ++static_cast<noted_end&>(t).runs; };
  crew c{1, [&](snow::worker& w, snow::cell& a) {
           ran.push_back(static_cast<int>(a.slot));
           CHECK(snow::worker::current() == &w);
           CHECK(snow::pool::current() == &w.memory());
           w.at_turn_end(end);
           w.at_turn_end(end);
         }};
  all = &c;
  snow::worker& w = all->all.at(0);
  counted_job job;
  job.run = [](snow::job& j) { ++static_cast<counted_job&>(j).runs; };
  w.post(job);
  for (std::size_t const i : {5u, 3u, 9u}) w.inject(c[i]);
  CHECK(snow::worker::current() == nullptr);
  w.turn(false);
  CHECK(snow::worker::current() == nullptr);
  CHECK(job.runs == 1);
  CHECK(ran == std::vector{5, 3, 9});
  CHECK(end.runs == 1);
  w.turn(false);
  CHECK(end.runs == 1);
}

TEST_CASE("no two requests of a node have one number, on whatever worker") {
  crew c{3, [](auto&, auto&) {}};
  std::set<std::uint64_t> numbers;
  for (int round = 0; round < 3; ++round)
    for (std::size_t i = 0; i < 3; ++i)
      for (int n = 0; n < 3000; ++n) CHECK(numbers.insert(c.all.at(i).new_request()).second);
  CHECK_FALSE(numbers.contains(0));
}

TEST_CASE("a timer fires once it is due, on its worker, and not if it was cancelled before", "[S-15]") {
  hand_clock clock;
  support::plain_poller poller;
  snow::scheduler all{clock, [](auto&, auto&) {}};
  snow::worker& w = all.add(poller);
  std::vector<int> fired;
  struct setting : snow::job {
    std::vector<int>* fired;
    snow::time_point now;
  } set;
  set.fired = &fired;
  set.now = clock.time;
  set.run = [](snow::job& j) {
    auto& s = static_cast<setting&>(j);
    snow::worker& here = *snow::worker::current();
    armed_timer(here, *s.fired, 2, s.now + 2ms);
    armed_timer(here, *s.fired, 1, s.now + 1ms);
    snow::worker::cancel(armed_timer(here, *s.fired, 0, s.now + 1ms));
  };
  w.post(set);
  w.turn(false);
  clock.time += 1ms - 1ns;
  w.turn(false);
  CHECK(fired.empty());
  clock.time += 1ns;
  w.turn(false);
  CHECK(fired == std::vector{1});
  clock.time += 1h;
  w.turn(false);
  CHECK(fired == std::vector{1, 2});
  w.clear();
}

TEST_CASE("a timer is cancelled from another worker, and its memory goes home", "[S-15]") {
  hand_clock clock;
  std::deque<support::plain_poller> pollers(2);
  snow::scheduler all{clock, [](auto&, auto&) {}};
  for (auto& p : pollers) all.add(p);
  std::vector<int> fired;
  static noted_timer* armed = nullptr;
  struct step : snow::job {
    std::vector<int>* fired;
    snow::time_point when;
  } set, cancel;
  set.fired = &fired;
  set.when = clock.time + 1ms;
  set.run = [](snow::job& j) {
    auto& s = static_cast<step&>(j);
    armed = &armed_timer(*snow::worker::current(), *s.fired, 1, s.when);
  };
  cancel.run = [](snow::job&) { snow::worker::cancel(*armed); };
  all.at(0).post(set);
  all.at(0).turn(false);
  all.at(1).post(cancel);
  all.at(1).turn(false);
  clock.time += 1h;
  all.at(0).turn(false);
  CHECK(fired.empty());
  for (std::size_t i = 0; i < 2; ++i) all.at(i).clear();
}

TEST_CASE("a worker that sleeps is woken once for many of its timers that others cancel", "[S-15]") {
  hand_clock clock;
  std::deque<noting_poller> pollers(2);
  snow::scheduler all{clock, [](auto&, auto&) {}};
  for (auto& p : pollers) all.add(p);
  std::vector<int> fired;
  std::vector<snow::timer*> armed;
  auto const on = [&](snow::worker& w, auto what) {
    snow::run_on(w, what);
    w.turn(true);
  };
  on(all.at(0), [&] {
    for (int i = 0; i < 64; ++i) armed.push_back(&armed_timer(all.at(0), fired, i, clock.time + 1h));
  });
  CHECK(pollers[0].until == clock.time + 1h);
  int const before = pollers[0].wakes;
  on(all.at(1), [&] {
    for (int i = 0; i < 63; ++i) snow::worker::cancel(*armed[static_cast<std::size_t>(i)]);
  });
  CHECK(pollers[0].wakes == before);
  on(all.at(1), [&] { snow::worker::cancel(*armed.back()); });
  CHECK(pollers[0].wakes == before + 1);
  all.at(0).turn(true);
  CHECK(pollers[0].until == snow::time_point::max());
  CHECK(fired.empty());
  for (std::size_t i = 0; i < 2; ++i) all.at(i).clear();
}

TEST_CASE("of the cancelled timers of two that sleep, no more lie with either", "[S-15]") {
  hand_clock clock;
  std::deque<noting_poller> pollers(3);
  snow::scheduler all{clock, [](auto&, auto&) {}};
  for (auto& p : pollers) all.add(p);
  std::vector<int> fired;
  std::vector<snow::timer*> armed;
  auto const on = [&](std::size_t i, auto what) {
    snow::run_on(all.at(i), what);
    all.at(i).turn(true);
  };
  for (std::size_t owner = 0; owner < 2; ++owner)
    on(owner, [&, owner] {
      for (int i = 0; i < 64; ++i) armed.push_back(&armed_timer(all.at(owner), fired, i, clock.time + 1h));
    });
  int const before = pollers[0].wakes;
  on(2, [&] {
    for (std::size_t i = 0; i < 64; ++i) {
      snow::worker::cancel(*armed[i]);
      snow::worker::cancel(*armed[64 + i]);
    }
  });
  CHECK(pollers[0].wakes == before + 1);
  for (std::size_t i = 0; i < 3; ++i) all.at(i).clear();
}

TEST_CASE("a sleeping worker is woken by a signal from any thread, by a timer and by the stop") {
  std::latch ran{1}, fired{1};
  crew c{1, [&](auto&, auto&) { ran.count_down(); }};
  c.start();
  c.all.schedule(c[0]);  // from this thread, which is no worker
  ran.wait();
  struct setting : snow::job {
    std::latch* fired;
  } set;
  set.fired = &fired;
  set.run = [](snow::job& j) {
    snow::worker& w = *snow::worker::current();
    auto* const t = snow::make_envelope<counting>(w.memory(), snow::signal_kind::completion, ends<counting>);
    t->fired = static_cast<setting&>(j).fired;
    w.arm(*t, w.owner().clock().now() + 1ms, [](snow::timer& due, snow::worker&) {
      static_cast<counting&>(due).fired->count_down();
      snow::dispose(&due);
    });
  };
  c.all.at(0).post(set);
  fired.wait();
  c.stop();
}

TEST_CASE("threads that are no workers share memory and slots of their own") {
  crew c{1, [](auto&, auto&) {}};
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<snow::cell*> slots;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        snow::cell& slot = c.all.acquire_slot();
        auto* const e =
            c.all.make<snow::letter<int>>(snow::signal_kind::message, snow::payload_type_of<int>, i);
        snow::dispose(e);
        std::lock_guard const lock{mutex};
        slots.insert(&slot);
      }
    });
  for (auto& t : threads) t.join();
  CHECK(slots.size() == 600);
  for (snow::cell* const s : slots) c.all.give_slot_back(*s);
}

}  // namespace scheduler_test
