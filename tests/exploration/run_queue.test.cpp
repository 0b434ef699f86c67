#include "snow/runtime/run_queue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "exploration/exploring.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::bounds;
using exploration::fault_of;
using exploration::holds;
using exploration::order;
using exploration::plain;
using exploration::require;
using exploration::unnoticed;

namespace {

/// An actor, whose state is its worker's until another takes it over.
struct actor {
  plain<actor*> next = nullptr;
  plain<int> runs = 0;
};

template <template <class> class Atomic, std::uint64_t Capacity>
using queue_of = snow::basic_run_queue<actor, Atomic, Capacity>;

/// The owner pushes so many and pops until it finds nothing; thieves steal once each and run what they got.
template <class Queue, std::size_t Actors>
struct work {
  Queue queue, thief;
  std::array<actor, Actors> actors;

  static void run(Queue& q) {
    while (actor* const a = q.pop()) a->runs = a->runs + 1;
  }
  void own() {
    for (auto& a : actors) queue.push(a);
    run(queue);
  }
  void steal() {
    queue.steal_into(thief);
    run(thief);
  }
  void at_end() {
    run(queue);
    for (auto& a : actors) require(a.runs == 1, "each actor runs once");
    require(queue.empty() && thief.empty(), "nothing is left");
  }
};

template <class Queue, std::size_t Actors>
struct one_thief : work<Queue, Actors> {
  static constexpr std::array threads{&one_thief::own, &one_thief::steal};
};

template <class Queue, std::size_t Actors>
struct two_thieves : work<Queue, Actors> {
  Queue second;
  void steal_too() {
    this->queue.steal_into(second);
    this->run(second);
  }
  static constexpr std::array<void (two_thieves::*)(), 3> threads{&two_thieves::own, &two_thieves::steal,
                                                                  &two_thieves::steal_too};
};

/// The owner pops in between, so that the ring wraps around while it is stolen from.
template <class Queue>
struct wrapping : work<Queue, 4> {
  void own_in_turn() {
    for (auto& a : this->actors) {
      this->queue.push(a);
      if (&a != &this->actors[1]) continue;
      if (actor* const oldest = this->queue.pop()) oldest->runs = oldest->runs + 1;
    }
    this->run(this->queue);
  }
  static constexpr std::array<void (wrapping::*)(), 2> threads{&wrapping::own_in_turn, &wrapping::steal};
};

/// Two workers steal from each other, as idle ones do.
template <class Queue>
struct mutual {
  Queue one, other;
  std::array<actor, 4> actors;

  static void turn(Queue& mine, Queue& theirs, actor& first, actor& second) {
    mine.push(first);
    mine.push(second);
    theirs.steal_into(mine);
    work<Queue, 4>::run(mine);
  }
  void left() { turn(one, other, actors[0], actors[1]); }
  void right() { turn(other, one, actors[2], actors[3]); }
  void at_end() {
    work<Queue, 4>::run(one);
    work<Queue, 4>::run(other);
    for (auto& a : actors) require(a.runs == 1, "each actor runs once");
  }
  static constexpr std::array threads{&mutual::left, &mutual::right};
};

using queue = queue_of<atomic, 2>;
using wider = queue_of<atomic, 4>;

/// Whose owner takes the oldest without a compare_exchange, as if there were no thieves.
template <class T>
struct careless : atomic<T> {
  using atomic<T>::atomic;
  bool compare_exchange_weak(T& expected, T desired, order, order) {
    if (desired - expected != 1) return atomic<T>::compare_exchange_weak(expected, desired);
    this->store(desired);
    return true;
  }
};

/// A counter of two bits: a head that has gone round is taken for the one it was.
template <class T>
struct two_bits : atomic<T> {
  using atomic<T>::atomic;
  bool compare_exchange_weak(T& expected, T desired, order, order) {
    if (T const is = this->load(); is % 4 == expected % 4) expected = is;
    return atomic<T>::compare_exchange_weak(expected, desired);
  }
};

}  // namespace

TEST_CASE("explored: each actor of a run queue runs once, on its owner's worker or a thief's") {
  CHECK(holds<one_thief<queue, 3>>("run queue of 2, 3 actors, one thief",
                                   {.preemptions = 3, .stale_reads = 2}));
  CHECK(holds<one_thief<wider, 4>>("run queue of 4, 4 actors, one thief",
                                   {.preemptions = 3, .stale_reads = 2}));
  CHECK(holds<two_thieves<queue, 3>>("run queue of 2, 3 actors, two thieves",
                                     {.preemptions = 2, .stale_reads = 1}));
  CHECK(holds<wrapping<queue>>("run queue of 2 that wraps, 4 actors, one thief",
                               {.preemptions = 3, .stale_reads = 2}));
  CHECK(holds<mutual<queue>>("run queues of 2 that steal from each other",
                             {.preemptions = 2, .stale_reads = 2}));
}

TEST_CASE("explored: an owner that takes what a thief may be taking runs an actor twice") {
  CHECK(fault_of<one_thief<queue_of<careless, 2>, 3>>() != "");
}

TEST_CASE("explored: a head that comes round to the same number again lets an actor run twice") {
  CHECK(fault_of<wrapping<queue_of<two_bits, 2>>>() != "");
}

TEST_CASE("explored: what a thief takes it has acquired with the tail, which the owner released") {
  // The others are Go's. A thief's release and the acquire of `push` keep a slot from being written before
  // the thief has read it, which only load buffering could do, and that is not explored; the rest nothing is
  // known to need.
  CHECK(unnoticed<one_thief<queue, 3>, wrapping<queue>>("run_queue.hpp",
                                                        {.preemptions = 2, .stale_reads = 1}) ==
        std::vector<std::string>{
            "pop: compare_exchange (failure): acquire to relaxed",
            "pop: compare_exchange: acq_rel to acquire", "pop: compare_exchange: acq_rel to release",
            "pop: load: acquire to relaxed", "push: load: acquire to relaxed",
            "steal_into: compare_exchange (failure): acquire to relaxed",
            "steal_into: compare_exchange: acq_rel to acquire",
            "steal_into: compare_exchange: acq_rel to release", "steal_into: load: acquire to relaxed",
            "steal_into: load: acquire to relaxed"});
}
