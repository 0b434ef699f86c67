#include "snow/runtime/actor_table.hpp"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace actor_table_test {

TEST_CASE("a pid is found while its generation lasts, and never again", "[S-6]") {
  snow::actor_table table;
  snow::actor_table::cache mine;
  snow::cell& c = table.acquire(mine);
  snow::pid const first = c.id();
  CHECK(table.find(first) == &c);
  c.generation.fetch_add(1);
  CHECK(table.find(first) == nullptr);
  table.release(mine, c);
  snow::cell& again = table.acquire(mine);
  CHECK(&again == &c);
  CHECK(table.find(again.id()) == &c);
  CHECK(again.id() != first);
  CHECK(table.find(first) == nullptr);
}

TEST_CASE("a slot that was never used is nobody") {
  snow::actor_table table;
  CHECK(table.size() == 0);
  CHECK(table.at(0) == nullptr);
  CHECK(table.find({snow::this_node, 4'000'000'000, 0}) == nullptr);
}

TEST_CASE("slots stay where they are however many are added, and each is at its index") {
  snow::actor_table table;
  snow::actor_table::cache mine;
  std::vector<snow::cell*> cells;
  for (int i = 0; i < 10'000; ++i) cells.push_back(&table.acquire(mine));
  CHECK(std::set<snow::cell*>(cells.begin(), cells.end()).size() == cells.size());
  CHECK(table.size() >= cells.size());
  bool in_place = true;
  for (snow::cell* const c : cells) in_place &= table.at(c->slot) == c && table.find(c->id()) == c;
  CHECK(in_place);
}

TEST_CASE("what one worker releases in numbers others acquire: slots are not made without need") {
  snow::actor_table table;
  snow::actor_table::cache one, other;
  std::vector<snow::cell*> cells;
  for (int i = 0; i < 1000; ++i) cells.push_back(&table.acquire(one));
  std::uint32_t const made = table.size();
  for (snow::cell* const c : cells) table.release(one, *c);
  for (int i = 0; i < 800; ++i) table.acquire(other);
  CHECK(table.size() == made);
}

TEST_CASE("slots come and go on some threads while others look them up") {
  snow::actor_table table;
  std::atomic<int> running = 2;
  auto const come_and_go = [&] {
    snow::actor_table::cache mine;
    std::vector<snow::cell*> held;
    for (int round = 0; round < 200; ++round) {
      for (int i = 0; i < 100; ++i) held.push_back(&table.acquire(mine));
      for (snow::cell* const c : held) {
        c->generation.fetch_add(1, std::memory_order_acq_rel);
        table.release(mine, *c);
      }
      held.clear();
    }
    --running;
  };
  std::thread one{come_and_go}, two{come_and_go};
  std::size_t odd = 0;
  while (running > 0)
    for (std::uint32_t slot = 0; slot < table.size(); ++slot)
      if (snow::cell* const c = table.find({snow::this_node, slot, 1})) odd += c->slot != slot;
  one.join();
  two.join();
  CHECK(odd == 0);
  CHECK(table.size() <= 1000);
}

}  // namespace actor_table_test
