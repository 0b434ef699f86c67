#include "snow/runtime/inbox.hpp"

#include <array>

#include "exploration/exploring.hpp"
#include "snow/runtime/returned_blocks.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::event;
using exploration::fault_of;
using exploration::holds;
using exploration::plain;
using exploration::require;
using exploration::unnoticed;

namespace {

struct node {
  plain<node*> next = nullptr;
  plain<int> from = 0;
  plain<int> number = 0;

  node(int of, int n) : from{of}, number{n} {}
};

/// Two push, the owner looks twice and at the end.
template <class Inbox>
struct pushing {
  Inbox box;
  node sent[3]{{0, 0}, {0, 1}, {1, 0}};
  plain<int> found = 0;
  int next[2]{0, 0};

  void note(node* n) {
    for (; n; n = n->next) {
      require(n->number == next[n->from]++, "each is found once, in the order of the pushes");
      found = found + 1;
    }
  }
  void push_two() {
    box.push(sent[0]);
    box.push(sent[1]);
  }
  void push_one() { box.push(sent[2]); }
  void look() {
    note(box.take());
    note(box.take());
  }
  void at_end() {
    note(box.take());
    require(found == 3, "all that was pushed is found");
  }
  static constexpr std::array threads{&pushing::look, &pushing::push_two, &pushing::push_one};
};

using closable = snow::closable_inbox<node, atomic>;

/// The session's way: the first push tells the owner, which takes until it finds nothing; then it is closed.
template <class Inbox>
struct told {
  Inbox box;
  node sent[3]{{0, 0}, {0, 1}, {1, 0}};
  event come;
  plain<int> found = 0;
  plain<int> taken[2]{0, 0};

  void note(node* n) {
    for (; n; n = n->next) found = found + 1;
  }
  void push(node& n) {
    auto const result = box.push(n);
    if (result == closable::pushed::refused) return;
    taken[n.from] = taken[n.from] + 1;
    if (result == closable::pushed::first) come.signal();
  }
  void push_two() {
    push(sent[0]);
    push(sent[1]);
  }
  void push_one() { push(sent[2]); }
  void own() {
    come.wait();
    require(!box.empty(), "who is told finds something");
    note(box.take());
    note(box.close());
  }
  void at_end() {
    require(box.push(sent[0]) == closable::pushed::refused, "a closed inbox refuses");
    require(box.empty(), "and has nothing");
    require(found == taken[0] + taken[1], "all that was not refused is found");
  }
  static constexpr std::array threads{&told::own, &told::push_two, &told::push_one};
};

/// The owner is not closed, and waits for all three.
template <class Inbox>
struct told_of_all : told<Inbox> {
  using told<Inbox>::come, told<Inbox>::box, told<Inbox>::found;
  void push_two() { told<Inbox>::push_two(); }
  void push_one() { told<Inbox>::push_one(); }
  void own() {
    while (found < 3) {
      come.wait();
      this->note(box.take());
    }
  }
  void at_end() {}
  static constexpr std::array threads{&told_of_all::own, &told_of_all::push_two, &told_of_all::push_one};
};

/// Takes by a load and a store: what is pushed between the two is lost.
class storing_inbox {
 public:
  void push(node& n) {
    node* head = head_.load();
    do n.next = head;
    while (!head_.compare_exchange_weak(head, &n));
  }
  node* take() {
    node* first = nullptr;
    for (node* n = head_.load(); n;) {
      node* const older = n->next;
      n->next = first;
      first = n;
      n = older;
    }
    head_.store(nullptr);
    return first;
  }

 private:
  atomic<node*> head_ = nullptr;
};

/// Looks before it closes, and throws away what came in between.
struct hasty_inbox : closable {
  node* close() {
    node* const found = take();
    closable::close();
    return found;
  }
};

/// Pools: two threads send blocks home, one of them two in a chain.
struct going_home {
  struct block {
    plain<block*> next = nullptr;
    plain<int> size_class = 0;
    plain<bool> home = false;
  };
  snow::returned_blocks<block, atomic> returned;
  block blocks[3];
  plain<int> found = 0;

  void take() {
    for (block* b = returned.take(); b;) {
      block* const next = b->next;
      require(b->size_class == 7 && !b->home, "each comes home once, as it was sent");
      b->next = nullptr;
      b->home = true;
      found = found + 1;
      b = next;
    }
  }
  void send_two() {
    blocks[0].size_class = blocks[1].size_class = 7;
    blocks[0].next = &blocks[1];
    returned.push(blocks[0], blocks[1]);
  }
  void send_one() {
    blocks[2].size_class = 7;
    returned.push(blocks[2], blocks[2]);
  }
  void own() {
    take();
    take();
  }
  void at_end() {
    take();
    require(found == 3, "all come home");
  }
  static constexpr std::array threads{&going_home::own, &going_home::send_two, &going_home::send_one};
};

}  // namespace

TEST_CASE("explored: an inbox gives each push once, in order, while two threads push") {
  using scenario = pushing<snow::inbox<node, atomic>>;
  CHECK(holds<scenario>("inbox, two threads push", {.preemptions = 4, .stale_reads = 2}));
  CHECK(fault_of<pushing<storing_inbox>>() == "it does not hold that all that was pushed is found");
  // Its seq_cst is for what stands around it: sleep.test.cpp.
  CHECK(unnoticed<scenario>("inbox.hpp", {.preemptions = 2, .stale_reads = 1}) ==
        std::vector<std::string>{"empty: load: seq_cst to acquire",
                                 "push: compare_exchange: seq_cst to acq_rel"});
}

TEST_CASE("explored: a closable inbox tells the first push, and has what it did not refuse") {
  CHECK(holds<told<closable>>("closable inbox, closed under two threads",
                              {.preemptions = 3, .stale_reads = 2}));
  CHECK(
      holds<told_of_all<closable>>("closable inbox, two threads push", {.preemptions = 3, .stale_reads = 2}));
  CHECK(fault_of<told<hasty_inbox>>() == "it does not hold that all that was not refused is found");
  CHECK(unnoticed<told<closable>, told_of_all<closable>>("inbox.hpp", {.preemptions = 2, .stale_reads = 1})
            .empty());
}

TEST_CASE("explored: blocks that two threads send home come home once, as they were sent") {
  CHECK(holds<going_home>("blocks of a pool, two threads send them home",
                          {.preemptions = 5, .stale_reads = 3, .spurious_failures = 1}));
  CHECK(unnoticed<going_home>("returned_blocks.hpp", {.preemptions = 2, .stale_reads = 1}).empty());
}
