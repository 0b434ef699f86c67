#include "snow/runtime/mailbox.hpp"

#include <atomic>
#include <semaphore>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace mailbox_test {

using delivered = snow::mailbox::delivered;

namespace {

struct numbered_envelope : snow::envelope {
  std::size_t from = 0;
  std::size_t number = 0;
};

}  // namespace

TEST_CASE("a mailbox gives what was pushed, oldest first") {
  snow::mailbox box;
  box.open();
  snow::envelope a, b, c;
  CHECK(box.push(a) == delivered::queued);
  CHECK(box.push(b) == delivered::queued);
  CHECK(box.has_mail());
  CHECK(box.take() == &a);
  CHECK(a.next == &b);
  CHECK(b.next == nullptr);
  CHECK_FALSE(box.has_mail());
  CHECK(box.take() == nullptr);
  CHECK(box.push(c) == delivered::queued);
  CHECK(box.take() == &c);
}

TEST_CASE("only the push that finds the receiver idle wakes it") {
  snow::mailbox box;
  box.open();
  snow::envelope a, b;
  CHECK(box.try_idle());
  CHECK(box.is_idle());
  CHECK(box.push(a) == delivered::woke);  // and keeps it, to be handed over
  CHECK(box.push(b) == delivered::queued);
  CHECK_FALSE(box.try_idle());  // something came: it must be looked at
  CHECK(box.take() == &b);
  CHECK(b.next == nullptr);
  CHECK(box.try_idle());
}

TEST_CASE("a closed mailbox refuses until it is opened, and gives what had come") {
  snow::mailbox box;
  snow::envelope a, b;
  CHECK(box.is_closed());
  CHECK(box.push(a) == delivered::closed);
  box.open();
  CHECK(box.push(a) == delivered::queued);
  CHECK(box.close() == &a);
  CHECK(box.push(b) == delivered::closed);
  box.open();
  CHECK(box.push(b) == delivered::queued);
  CHECK(box.close() == &b);
}

TEST_CASE("many producers and a consumer that sleeps when idle: each message once, in its producer's order",
          "[S-1][S-3]") {
  constexpr std::size_t producers = 3, messages = 20'000;
  snow::mailbox box;
  box.open();
  std::vector<std::vector<numbered_envelope>> sent(producers, std::vector<numbered_envelope>(messages));
  std::counting_semaphore<> woken{0};
  snow::envelope* handed = nullptr;
  std::vector<std::thread> threads;
  for (std::size_t from = 0; from < producers; ++from)
    threads.emplace_back([&, from] {
      for (std::size_t i = 0; i < messages; ++i) {
        sent[from][i].from = from;
        sent[from][i].number = i;
        if (box.push(sent[from][i]) != delivered::woke) continue;
        handed = &sent[from][i];
        woken.release();
      }
    });
  std::vector<std::size_t> next(producers);
  std::size_t wrong = 0, received = 0;
  auto const receive = [&](snow::envelope* first) {
    for (snow::envelope* e = first; e; e = e->next, ++received) {
      auto const& n = static_cast<numbered_envelope&>(*e);
      wrong += next[n.from]++ != n.number;
    }
  };
  while (received < producers * messages) {
    receive(box.take());
    if (received == producers * messages || !box.try_idle()) continue;
    woken.acquire();
    receive(handed);
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK_FALSE(woken.try_acquire());  // nobody woke it in vain
}

}  // namespace mailbox_test
