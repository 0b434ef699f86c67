#include "snow/runtime/mailbox.hpp"

#include <array>

#include "exploration/exploring.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::bounds;
using exploration::event;
using exploration::fault_of;
using exploration::holds;
using exploration::plain;
using exploration::require;

namespace {

struct letter {
  plain<letter*> next = nullptr;
  plain<int> from = 0;
  plain<int> number = 0;

  letter(int of, int n) : from{of}, number{n} {}
};

using mailbox = snow::basic_mailbox<letter, atomic>;
using delivered = mailbox::delivered;

/// An actor that is run by whoever wakes it: its private state goes from one thread to the next with it.
template <class Mailbox>
struct woken_actor {
  Mailbox box;
  letter sent[3]{{0, 0}, {0, 1}, {1, 0}};
  plain<letter*> handed = nullptr;  // and as in a run queue
  plain<int> handled = 0;
  plain<int> next[2]{0, 0};

  woken_actor() {
    box.open();
    require(box.try_idle(), "an open mailbox without mail is idle");
  }
  void handle(letter& l) {
    require(l.number == next[l.from], "a sender's letters arrive once, in its order");
    next[l.from] = next[l.from] + 1;
    handled = handled + 1;
  }
  void activate() {
    handle(*handed);
    do {
      for (letter* l = box.take(); l; l = l->next) handle(*l);
    } while (!box.try_idle());
  }
  void send(letter& l) {
    if (box.push(l) != Mailbox::delivered::woke) return;
    handed = &l;
    activate();
  }
  void send_two() {
    send(sent[0]);
    send(sent[1]);
  }
  void send_one() { send(sent[2]); }
  void at_end() {
    require(handled == 3, "every letter is handled");
    require(box.is_idle(), "the actor is idle at last");
  }
  static constexpr std::array threads{&woken_actor::send_two, &woken_actor::send_one};
};

/// Three that send, one letter each.
struct three_senders {
  mailbox box;
  letter sent[3]{{0, 0}, {1, 0}, {2, 0}};
  plain<int> handled = 0;

  three_senders() {
    box.open();
    require(box.try_idle(), "an open mailbox without mail is idle");
  }
  void send(int which) {
    if (box.push(sent[which]) != delivered::woke) return;
    handled = handled + 1;
    do {
      for (letter* l = box.take(); l; l = l->next) handled = handled + 1;
    } while (!box.try_idle());
  }
  void first() { send(0); }
  void second() { send(1); }
  void third() { send(2); }
  void at_end() { require(handled == 3, "every letter is handled"); }
  static constexpr std::array threads{&three_senders::first, &three_senders::second, &three_senders::third};
};

/// An actor on a thread of its own ends while two send to it.
struct closing {
  mailbox box;
  letter sent[3]{{0, 0}, {0, 1}, {1, 0}};
  plain<int> found = 0;
  bool taken[3]{};

  closing() { box.open(); }
  void note(letter* l) {
    for (; l; l = l->next) {
      require(l->number == 0 || found > 0, "the first of a sender's letters comes first");
      found = found + 1;
    }
  }
  void end() {
    note(box.take());
    note(box.close());
  }
  void send_two() {
    for (int i : {0, 1}) taken[i] = box.push(sent[i]) != delivered::closed;
    require(taken[0] || !taken[1], "a closed mailbox stays so");
  }
  void send_one() { taken[2] = box.push(sent[2]) != delivered::closed; }
  void at_end() {
    require(found == taken[0] + taken[1] + taken[2], "what is not refused is in it");
    require(box.is_closed(), "it is closed");
  }
  static constexpr std::array threads{&closing::end, &closing::send_two, &closing::send_one};
};

/// Goes to sleep without another look: store where a compare_exchange belongs.
struct sleepy_mailbox : mailbox {
  bool try_idle() {
    if (has_mail()) return false;
    while (!mailbox::try_idle()) take();  // what came since is lost
    return true;
  }
};

}  // namespace

TEST_CASE("explored: an actor handles each letter once, in its sender's order, whoever wakes it",
          "[S-1][S-3]") {
  CHECK(holds<woken_actor<mailbox>>("mailbox, two senders that wake", {.preemptions = 5, .stale_reads = 3}));
  CHECK(holds<three_senders>("mailbox, three senders that wake",
                             {.preemptions = 3, .stale_reads = 1, .spurious_failures = 1}));
}

TEST_CASE("explored: a mailbox that closes has what it did not refuse") {
  CHECK(holds<closing>("mailbox, closed under two senders", {.preemptions = 4, .stale_reads = 2}));
}

TEST_CASE("explored: a mailbox that goes idle without another look loses a letter") {
  CHECK(fault_of<woken_actor<sleepy_mailbox>>() == "it does not hold that every letter is handled");
}

TEST_CASE("explored: each memory order of the mailbox is needed") {
  using exploration::unnoticed;
  CHECK(
      unnoticed<woken_actor<mailbox>, closing>("mailbox.hpp", {.preemptions = 2, .stale_reads = 2}).empty());
}
