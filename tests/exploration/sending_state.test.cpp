#include "snow/process/sending_state.hpp"

#include <array>

#include "exploration/exploring.hpp"
#include "snow/runtime/inbox.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::event;
using exploration::everything;
using exploration::fault_of;
using exploration::holds;
using exploration::plain;
using exploration::require;
using exploration::unnoticed;

namespace {

struct timer {
  plain<timer*> next = nullptr;
  plain<int> armed = 1;  // how often; it is in its worker's heap
  plain<bool> in_heap = true;
  plain<int> disposed = 0;
};

using state = snow::detail::sending_state<atomic>;

/// As `send_later`: a worker fires a timer twice and arms it again, somebody cancels it, and what is
/// cancelled comes back to the worker, which disposes of it.
template <class State>
struct repeated {
  State shared;
  timer t;
  snow::inbox<timer, atomic> cancelled;

  void take_back() {
    t.in_heap = false;
    t.disposed = t.disposed + 1;
  }
  void arm() {
    t.armed = t.armed + 1;
    t.in_heap = true;
  }
  void fire(bool for_the_last_time) {
    t.in_heap = false;
    if (!shared.begin()) return;
    if (for_the_last_time) {
      take_back();
      return shared.end();
    }
    arm();
    if (!shared.go_on()) take_back();
  }
  void look() {
    for (timer* c = cancelled.take(); c; c = c->next) take_back();
  }
  void work() {
    for (bool last : {false, true}) {
      look();
      if (t.disposed == 0) fire(last);
    }
    look();
  }
  void cancel() {
    if (shared.cancel() != State::phase::armed) return;
    require(t.armed > 0, "who cancels sees how the timer was armed");
    cancelled.push(t);
  }
  void at_end() {
    look();
    require(t.disposed == 1, "the timer is disposed of once");
    require(!t.in_heap, "a timer that is gone is in no heap");
    require(shared.cancel() == State::phase::over, "it is over for ever");
  }
  static constexpr std::array threads{&repeated::work, &repeated::cancel};
};

/// As it was once: the timer is armed after others may cancel it again.
template <class State>
struct armed_too_late : repeated<State> {
  using base = repeated<State>;
  void fire() {
    this->t.in_heap = false;
    if (!this->shared.begin()) return;
    if (!this->shared.go_on()) return base::take_back();
    base::arm();
  }
  void work() {
    base::look();
    if (this->t.disposed == 0) fire();
    base::look();
  }
  static constexpr std::array<void (armed_too_late::*)(), 2> threads{&armed_too_late::work,
                                                                     &armed_too_late::cancel};
};

}  // namespace

TEST_CASE("explored: a repeated timer that is cancelled is disposed of once, by its worker") {
  CHECK(holds<repeated<state>>("a timer that is cancelled", everything));
}

TEST_CASE("explored: a timer that is armed after it can be cancelled is written and read at once") {
  CHECK(fault_of<armed_too_late<state>>().find("plain variable") != std::string::npos);
}

TEST_CASE("explored: each memory order of a timer that is cancelled is needed") {
  CHECK(unnoticed<repeated<state>>("sending_state.hpp", {.preemptions = 3, .stale_reads = 2}).empty());
}
