#include "snow/registry/name_index.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "exploration/exploring.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::fault_of;
using exploration::holds;
using exploration::order;
using exploration::plain;
using exploration::require;
using exploration::unnoticed;

namespace {

constexpr std::string_view names[]{"a", "b", "c"};

struct record {
  plain<int> which = -1;  // of the names
  plain<int> number = 0;
  atomic<record*> next = nullptr;
  atomic<bool> active = false;

  std::string_view name() const noexcept { return names[which]; }
};

// Two slots and chunks of one record, so that both grow at once.
using functions = snow::detail::name_index<record, atomic, 1, 2>;

/// As in `function_table`: a record is found while it is active. That needs no order of its own.
template <class Index>
struct registry {
  Index all;

  const record* find(int which) const {
    auto const* const r =
        all.find(names[which], [](const record& it) { return it.active.load(order::relaxed); });
    if (r) require(r->which == which && r->number != 0, "what is found is the whole record of that name");
    return r;
  }
  void add(int which, int number) {
    record* last = nullptr;
    all.each_of(names[which], [&](record& r) { last = &r; });
    all.add(names[which], last, [&](record& r) {
      r.which = which;
      r.number = number;
      r.active.store(true, order::relaxed);
    });
  }
  void take_back(int number) {
    all.each([&](record& r) {
      if (r.number == number) r.active.store(false, order::relaxed);
    });
  }
};

/// Two readers, while the table begins, grows and grows again.
template <class Index>
struct growing : registry<Index> {
  void add_three() {
    for (int i : {0, 1, 2}) this->add(i, 1);
  }
  void look_for_the_first() {
    bool const once = this->find(0) != nullptr;
    bool const again = this->find(0) != nullptr;
    require(again || !once, "what was found is found again");
  }
  void look_for_the_last() {
    if (this->find(2)) require(this->find(1) != nullptr, "what was added before is found too");
  }
  void at_end() {
    for (int i : {0, 1, 2}) require(this->find(i) != nullptr, "what was added is found");
  }
  static constexpr std::array<void (growing::*)(), 3> threads{
      &growing::add_three, &growing::look_for_the_first, &growing::look_for_the_last};
};

/// A plugin's function goes, and another's of the same name comes.
template <class Index>
struct replacing : registry<Index> {
  replacing() { this->add(0, 1); }
  void replace() {
    this->take_back(1);
    this->add(0, 2);
  }
  void look_twice() {
    int last = 0;
    for (int times = 0; times < 2; ++times)
      if (auto const* const r = this->find(0)) {
        require(r->number >= last, "who has found the new one does not find the old one");
        last = r->number;
      }
  }
  void at_end() { require(this->find(0) && this->find(0)->number == 2, "the new one is found"); }
  static constexpr std::array<void (replacing::*)(), 2> threads{&replacing::replace, &replacing::look_twice};
};

/// Makes a record found before it is filled.
struct hasty_index : functions {
  template <class Fill>
  void add(std::string_view name, record* last, Fill fill) {
    record* made = nullptr;
    functions::add(name, last, [&](record& r) {
      for (int i : {0, 1, 2})
        if (names[i] == name) r.which = i;
      r.active.store(true, order::relaxed);
      made = &r;
    });
    fill(*made);
  }
};

}  // namespace

TEST_CASE(
    "explored: readers of the registry find whole records, while it grows and while they are replaced") {
  CHECK(holds<growing<functions>>("registry, two readers while it grows",
                                  {.preemptions = 2, .stale_reads = 2}));
  CHECK(
      holds<replacing<functions>>("registry, a function is replaced", {.preemptions = 4, .stale_reads = 3}));
}

TEST_CASE("explored: a record that is found before it is filled is seen half made") {
  CHECK(fault_of<growing<hasty_index>>().find("plain variable") != std::string::npos);
}

TEST_CASE("explored: each memory order of the registry's index is needed") {
  CHECK(unnoticed<growing<functions>, replacing<functions>>("name_index.hpp",
                                                            {.preemptions = 2, .stale_reads = 1})
            .empty());
}
