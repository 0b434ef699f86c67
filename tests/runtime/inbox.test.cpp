#include "snow/runtime/inbox.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace inbox_test {

namespace {

struct node {
  node* next = nullptr;
  std::size_t from = 0;
  std::size_t number = 0;
};

}  // namespace

TEST_CASE("an inbox gives what was pushed, in the order of the pushes") {
  snow::inbox<node> box;
  node a, b;
  CHECK(box.empty());
  CHECK(box.take() == nullptr);
  box.push(a);
  box.push(b);
  CHECK_FALSE(box.empty());
  CHECK(box.take() == &a);
  CHECK(a.next == &b);
  CHECK(b.next == nullptr);
  CHECK(box.empty());
}

TEST_CASE("a closable inbox tells the first push, and refuses once it is closed") {
  using pushed = snow::closable_inbox<node>::pushed;
  snow::closable_inbox<node> box;
  node a, b, c;
  CHECK(box.push(a) == pushed::first);
  CHECK(box.push(b) == pushed::queued);
  CHECK(box.take() == &a);
  CHECK(box.push(c) == pushed::first);
  CHECK(box.close() == &c);
  CHECK(box.push(a) == pushed::refused);
  CHECK(box.empty());
  CHECK(box.take() == nullptr);
  CHECK(box.close() == nullptr);
}

TEST_CASE("while threads push, an inbox is closed: all that was not refused is in it, in order") {
  constexpr std::size_t threads = 3, most = 20'000;
  snow::closable_inbox<node> box;
  std::vector<std::vector<node>> nodes(threads, std::vector<node>(most));
  std::vector<std::size_t> accepted(threads), found(threads);
  std::latch all_push{threads};
  std::vector<std::thread> running;
  for (std::size_t t = 0; t < threads; ++t)
    running.emplace_back([&, t] {
      for (std::size_t i = 0; i < most; ++i) {
        nodes[t][i].from = t;
        nodes[t][i].number = i;
        if (box.push(nodes[t][i]) == snow::closable_inbox<node>::pushed::refused) break;
        ++accepted[t];
        if (i == most / 4) all_push.count_down();
      }
    });
  std::size_t wrong = 0;
  auto const look_through = [&](node* n) {
    for (; n; n = n->next) wrong += found[n->from]++ != n->number;
  };
  look_through(box.take());
  all_push.wait();
  look_through(box.close());
  for (auto& t : running) t.join();
  CHECK(wrong == 0);
  CHECK(found == accepted);
}

}  // namespace inbox_test
