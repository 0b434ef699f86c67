// The explorer itself, by the litmus tests of the literature: what each may end in, and what it may not.
#include "exploration/explorer.hpp"

#include <array>
#include <set>
#include <utility>

#include "exploration/exploring.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::bounds;
using exploration::event;
using exploration::everything;
using exploration::fault_of;
using exploration::order;
using exploration::plain;
using exploration::require;

namespace {

using outcomes = std::set<std::pair<int, int>>;
outcomes seen;

template <class Litmus>
outcomes outcomes_of(const bounds& b = everything) {
  seen.clear();
  CHECK(fault_of<Litmus>(b) == "");
  return seen;
}

struct two_results {
  int first = -1, second = -1;
  void at_end() { seen.emplace(first, second); }
};

template <order Store, order Load>
struct store_buffering : two_results {
  atomic<int> x = 0, y = 0;
  void one() {
    x.store(1, Store);
    first = y.load(Load);
  }
  void two() {
    y.store(1, Store);
    second = x.load(Load);
  }
  static constexpr std::array threads{&store_buffering::one, &store_buffering::two};
};

template <order Store, order Load>
struct message_passing : two_results {
  atomic<int> data = 0, flag = 0;
  void one() {
    data.store(1, order::relaxed);
    flag.store(1, Store);
  }
  void two() {
    first = flag.load(Load);
    second = data.load(order::relaxed);
  }
  static constexpr std::array threads{&message_passing::one, &message_passing::two};
};

struct coherence : two_results {
  atomic<int> x = 0;
  void one() {
    x.store(1, order::relaxed);
    x.store(2, order::relaxed);
  }
  void two() {
    first = x.load(order::relaxed);
    second = x.load(order::relaxed);
  }
  static constexpr std::array threads{&coherence::one, &coherence::two};
};

/// Two readers see two writers' stores in different orders: 1, 0 and 1, 0.
template <order Store, order Load>
struct independent_reads : two_results {
  atomic<int> x = 0, y = 0;
  void write_x() { x.store(1, Store); }
  void write_y() { y.store(1, Store); }
  void read_x_first() {
    int const a = x.load(Load);
    first = 10 * a + y.load(Load);
  }
  void read_y_first() {
    int const a = y.load(Load);
    second = 10 * a + x.load(Load);
  }
  static constexpr std::array threads{&independent_reads::write_x, &independent_reads::write_y,
                                      &independent_reads::read_x_first, &independent_reads::read_y_first};
};

/// A third thread's read-modify-write hands on what the release did that it has read from.
template <bool Modify>
struct release_sequence : two_results {
  atomic<int> data = 0, flag = 0;
  void release() {
    data.store(1, order::relaxed);
    flag.store(1, order::release);
  }
  void pass_on() {
    if constexpr (Modify) {
      flag.fetch_add(1, order::relaxed);
    } else if (flag.load(order::relaxed) == 1) {
      flag.store(2, order::relaxed);
    }
  }
  void acquire() {
    first = flag.load(order::acquire);
    second = data.load(order::relaxed);
  }
  static constexpr std::array threads{&release_sequence::release, &release_sequence::pass_on,
                                      &release_sequence::acquire};
};

/// Each thread reads what the other writes after it: allowed by C++, and not covered.
struct load_buffering : two_results {
  atomic<int> x = 0, y = 0;
  void one() {
    first = x.load(order::relaxed);
    y.store(1, order::relaxed);
  }
  void two() {
    second = y.load(order::relaxed);
    x.store(1, order::relaxed);
  }
  static constexpr std::array threads{&load_buffering::one, &load_buffering::two};
};

template <order Store, order Load>
struct handed_over {
  plain<int> data;
  atomic<bool> ready = false;
  void give() {
    data = 1;
    ready.store(true, Store);
  }
  void take() {
    if (ready.load(Load)) require(data == 1, "the data is there");
  }
  static constexpr std::array threads{&handed_over::give, &handed_over::take};
};

struct counter {
  atomic<int> n = 0;
  void load_and_store() { n.store(n.load() + 1); }
  void at_end() { require(n.load() == 2, "both count"); }
  static constexpr std::array threads{&counter::load_and_store, &counter::load_and_store};
};

struct weak_counter {
  atomic<int> n = 0;
  void once() {
    int is = n.load(order::relaxed);
    n.compare_exchange_weak(is, is + 1, order::relaxed, order::relaxed);
  }
  void at_end() { require(n.load() == 1, "it counts"); }
  static constexpr std::array threads{&weak_counter::once};
};

struct two_events {
  event one, two;
  void first() {
    one.wait();
    two.signal();
  }
  void second() {
    two.wait();
    one.signal();
  }
  static constexpr std::array threads{&two_events::first, &two_events::second};
};

struct spinning {
  atomic<bool> set = false;
  void spin() {
    while (!set.load()) {
    }
  }
  static constexpr std::array threads{&spinning::spin};
};

/// A stack whose `pop` reads a node that another thread may have popped and pushed again: ABA.
struct popping_stack {
  struct node {
    node* next = nullptr;
    int held = 0;
  };
  node a, b;
  atomic<node*> head = nullptr;

  popping_stack() {
    push(b);
    push(a);
  }
  void push(node& n) {
    n.next = head.load();
    while (!head.compare_exchange_strong(n.next, &n)) {
    }
  }
  node* pop() {
    node* n = head.load();
    while (n) {
      node* const next = n->next;
      if (head.compare_exchange_strong(n, next)) break;
    }
    if (n) require(n->held++ == 0, "a node is popped by one");
    return n;
  }
  void one() { pop(); }
  void other() {
    node* const first = pop();
    pop();
    if (first) {
      --first->held;
      push(*first);
    }
  }
  void at_end() {
    while (pop()) {
    }
  }
  static constexpr std::array threads{&popping_stack::one, &popping_stack::other};
};

}  // namespace

TEST_CASE("store buffering: both read 0, unless all is seq_cst") {
  CHECK(outcomes_of<store_buffering<order::relaxed, order::relaxed>>().count({0, 0}) == 1);
  CHECK(outcomes_of<store_buffering<order::release, order::acquire>>().count({0, 0}) == 1);
  CHECK(outcomes_of<store_buffering<order::seq_cst, order::acquire>>().count({0, 0}) == 1);
  CHECK(outcomes_of<store_buffering<order::release, order::seq_cst>>().count({0, 0}) == 1);
  CHECK(outcomes_of<store_buffering<order::seq_cst, order::seq_cst>>() == outcomes{{0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("message passing: the data is there, if the flag is released and acquired") {
  CHECK(outcomes_of<message_passing<order::relaxed, order::acquire>>().count({1, 0}) == 1);
  CHECK(outcomes_of<message_passing<order::release, order::relaxed>>().count({1, 0}) == 1);
  CHECK(outcomes_of<message_passing<order::release, order::acquire>>() == outcomes{{0, 0}, {0, 1}, {1, 1}});
}

TEST_CASE("coherence: nobody reads a store, and then an older one of the same atomic") {
  CHECK(outcomes_of<coherence>() == outcomes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}});
}

TEST_CASE("independent reads of independent writes: one order for all if they are seq_cst, and only then") {
  bounds const few{.preemptions = 1, .stale_reads = 2};
  CHECK(outcomes_of<independent_reads<order::release, order::acquire>>(few).count({10, 10}) == 1);
  CHECK(outcomes_of<independent_reads<order::seq_cst, order::acquire>>(few).count({10, 10}) == 1);
  CHECK(outcomes_of<independent_reads<order::seq_cst, order::seq_cst>>(everything).count({10, 10}) == 0);
}

TEST_CASE("a read-modify-write continues a release sequence, a store does not") {
  CHECK(outcomes_of<release_sequence<true>>().count({2, 0}) == 0);
  CHECK(outcomes_of<release_sequence<true>>().count({2, 1}) == 1);
  CHECK(outcomes_of<release_sequence<false>>().count({2, 0}) == 1);
}

TEST_CASE("load buffering is not covered") {
  CHECK(outcomes_of<load_buffering>().count({1, 1}) == 0);
}

TEST_CASE("two threads at one plain variable must be ordered") {
  CHECK(fault_of<handed_over<order::release, order::acquire>>(everything) == "");
  CHECK(fault_of<handed_over<order::relaxed, order::acquire>>(everything).find("plain variable") !=
        std::string::npos);
  CHECK(fault_of<handed_over<order::release, order::relaxed>>(everything).find("plain variable") !=
        std::string::npos);
}

TEST_CASE("a lost update needs one preemption") {
  CHECK(fault_of<counter>({.preemptions = 0, .stale_reads = 0}) == "");
  CHECK(fault_of<counter>({.preemptions = 1, .stale_reads = 0}) == "it does not hold that both count");
}

TEST_CASE("a weak compare_exchange fails without a reason, as often as it may") {
  CHECK(fault_of<weak_counter>({.spurious_failures = 0}) == "");
  CHECK(fault_of<weak_counter>({.spurious_failures = 1}) == "it does not hold that it counts");
}

TEST_CASE("a stack whose pop looks into a node on top has the ABA problem") {
  CHECK(fault_of<popping_stack>() == "it does not hold that a node is popped by one");
}

TEST_CASE("who waits for each other, or without an end, is found out") {
  CHECK(fault_of<two_events>() == "nobody can go on: A in event::wait B in event::wait");
  CHECK(fault_of<spinning>() == "it goes on without an end");
}

TEST_CASE("a violation shows its execution, and its choices repeat it") {
  exploration::explorer e{{.preemptions = 1, .stale_reads = 0}};
  auto const found = e.explore<counter>();
  REQUIRE(found);
  CHECK(found->history.find("explorer.test.cpp:") != std::string::npos);
  CHECK(found->history.find("A  ") != std::string::npos);
  CHECK(found->history.find("#0 is 0 (seq_cst)") != std::string::npos);
  exploration::explorer again{{.preemptions = 1, .stale_reads = 0}};
  auto const repeated = again.replay<counter>(found->choices);
  REQUIRE(repeated);
  CHECK(repeated->history == found->history);
  CHECK_FALSE(again.replay<counter>(""));  // without a preemption it holds
}

TEST_CASE("an order is needed, or nobody notices that it is weakened") {
  CHECK(exploration::unnoticed<handed_over<order::release, order::acquire>>("explorer.test.cpp").empty());
  CHECK(exploration::unnoticed<handed_over<order::release, order::seq_cst>>("explorer.test.cpp") ==
        std::vector<std::string>{"take: load: seq_cst to acquire"});
}
