#include "snow/runtime/actor_table.hpp"

#include <array>
#include <cstdint>

#include "exploration/exploring.hpp"
#include "snow/runtime/mailbox.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::everything;
using exploration::fault_of;
using exploration::holds;
using exploration::order;
using exploration::plain;
using exploration::require;
using exploration::unnoticed;

namespace {

struct letter {
  plain<letter*> next = nullptr;
  plain<std::uint64_t> generation = 0;
};

struct actor {
  snow::basic_mailbox<letter, atomic> inbox;
  atomic<std::uint64_t> generation = 0;
  plain<actor*> next = nullptr;
  plain<std::uint32_t> slot = 0;
};

using table = snow::basic_actor_table<actor, atomic, exploration::mutex, 1, 1>;
using delivered = decltype(actor::inbox)::delivered;

constexpr snow::pid pid_of(std::uint32_t slot, std::uint64_t generation) {
  return {snow::this_node, slot, generation};
}

/// Two threads make slots, a third looks for actors that may not be there yet.
struct made_and_found {
  table all;
  plain<int> times[3]{0, 0, 0};

  void make(int how_many) {
    table::cache mine;
    for (int i = 0; i < how_many; ++i) {
      actor& a = all.acquire(mine);
      times[a.slot] = times[a.slot] + 1;
      a.inbox.open();
    }
  }
  void make_two() { make(2); }
  void make_one() { make(1); }
  void look() {
    for (std::uint32_t slot : {2u, 0u})
      if (actor* const a = all.find(pid_of(slot, 0)))
        require(a->slot == slot, "who is found is in the slot of the pid");
  }
  void at_end() {
    require(all.size() == 3, "no more slots are made than are used");
    for (int n : times) require(n == 1, "no slot is given twice");
  }
  static constexpr std::array threads{&made_and_found::make_two, &made_and_found::make_one,
                                      &made_and_found::look};
};

/// An actor ends and another takes its slot, while somebody writes to the first.
template <bool Checks>
struct reused {
  table all;
  table::cache mine;
  letter sent;
  int handled[2]{0, 0};
  int discarded = 0;
  bool refused = false;

  reused() { all.acquire(mine).inbox.open(); }

  void handle(actor& a, int which) {
    for (letter* l = a.inbox.take(); l; l = l->next) {
      bool const mine_to_read = !Checks || l->generation == a.generation.load(order::relaxed);
      ++(mine_to_read ? handled[which] : discarded);
    }
  }
  void live_twice() {
    actor& first = *all.find(pid_of(0, 0));
    handle(first, 0);
    first.generation.fetch_add(1, order::relaxed);  // as `clear_away`
    for (letter* l = first.inbox.close(); l; l = l->next) ++discarded;
    all.release(mine, first);
    actor& second = all.acquire(mine);
    require(&second == &first, "a free slot is used again");
    second.inbox.open();
    handle(second, 1);
    handle(second, 1);
  }
  void send() {
    actor* const a = all.find(pid_of(0, 0));
    sent.generation = 0;
    refused = !a || a->inbox.push(sent) == delivered::closed;
  }
  void at_end() {
    handle(*all.at(0), 1);
    require(handled[1] == 0, "nobody gets what was for the slot's last actor");
    require(refused + handled[0] + discarded == 1, "the letter is handled, discarded or refused");
  }
  static constexpr std::array threads{&reused::live_twice, &reused::send};
};

/// Slots go to and fro between two workers' caches.
struct shared {
  table all;
  plain<bool> used[8]{};

  void come_and_go() {
    table::cache mine;
    for (int times = 0; times < 2; ++times) {
      actor* held[2];
      for (auto& a : held) {
        a = &all.acquire(mine);
        require(!used[a->slot], "a slot is one actor's");
        used[a->slot] = true;
      }
      for (auto* a : held) {
        used[a->slot] = false;
        all.release(mine, *a);
      }
    }
  }
  static constexpr std::array threads{&shared::come_and_go, &shared::come_and_go};
};

struct no_mutex {
  void lock() {}
  void unlock() {}
};
struct unlocked {
  snow::basic_actor_table<actor, atomic, no_mutex, 1, 1> all;
  void make() {
    typename decltype(all)::cache mine;
    all.acquire(mine);
  }
  void at_end() { require(all.size() == 2, "two slots are made"); }
  static constexpr std::array threads{&unlocked::make, &unlocked::make};
};

}  // namespace

TEST_CASE("explored: an actor is found in its slot, by a pid of its generation, or not at all", "[S-6]") {
  CHECK(holds<made_and_found>("actor table, slots are made and looked at",
                              {.preemptions = 3, .stale_reads = 2}));
  CHECK(holds<shared>("actor table, slots go to and fro", {.preemptions = 4, .stale_reads = 2}));
}

TEST_CASE("explored: a letter never reaches the next actor of its slot", "[S-6]") {
  CHECK(holds<reused<true>>("actor table, a slot is used again", everything));
}

TEST_CASE("explored: without the generation it would; without the lock two would have one slot") {
  CHECK(fault_of<reused<false>>() == "it does not hold that nobody gets what was for the slot's last actor");
  CHECK(fault_of<unlocked>() != "");
}

TEST_CASE("explored: each memory order of the actor table is needed") {
  // But for the generation's: who finds an actor touches nothing of it but atomics.
  CHECK(unnoticed<made_and_found, reused<true>, shared>("actor_table.hpp",
                                                        {.preemptions = 2, .stale_reads = 1}) ==
        std::vector<std::string>{"find: load: acquire to relaxed"});
}
