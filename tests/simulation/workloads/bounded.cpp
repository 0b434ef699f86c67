#include <map>
#include <set>

#include "simulation/workloads/driver.hpp"

// Slow actors with bounded mailboxes that block, reject or end, and senders here and there that are too fast
// for them.

namespace sweeping::bounded {

struct parcel {
  std::uint64_t number = 0;  ///< the judge's
  std::uint64_t sender = 0;
  std::uint64_t n = 0;  ///< of that sender's
};
/// How many were taken.
struct stock {
  using reply_type = std::uint64_t;
};

/// What has been told of a parcel to its sender: taken in, or thrown away.
class promises {
 public:
  static promises& of_run() { return *now; }
  promises() { now = this; }
  ~promises() { now = nullptr; }
  promises(const promises&) = delete;

  std::map<std::uint64_t, std::vector<std::uint64_t>> accepted;  ///< by their takers
  std::set<std::uint64_t> rejected;

 private:
  static inline promises* now = nullptr;
};

snow::actor taker(snow::context& self, std::int32_t limit, snow::on_full then, snow::duration pause) {
  judge& judge = judge::of_run();
  std::map<std::uint64_t, std::uint64_t> last;  // of each sender
  std::uint64_t taken = 0;
  for (;;) {
    if (then == snow::on_full::reject)
      judge.expect(self.info().mail <= static_cast<std::size_t>(limit), "{} messages in a mailbox for {}",
                   self.info().mail, limit);
    co_await self.receive(
        [&](parcel p) {
          judge.once("taken", p.number);
          judge.expect(!promises::of_run().rejected.contains(p.number), "what was thrown away was taken");
          std::uint64_t& before = last[p.sender];
          judge.expect(p.n > before, "parcel {} of {} came after {}", p.n, p.sender, before);
          before = p.n;
          ++taken;
        },
        [&](stock) { return taken; });
    if (pause != 0ms) co_await sleep(self, pause);
  }
}

snow::actor sender(snow::context& self, snow::pid to, std::uint64_t taker_number, std::uint64_t seed,
                   bool rejects) {
  judge& judge = judge::of_run();
  auto& promises = promises::of_run();
  bool const local = to.node == snow::this_node;
  std::uint64_t const me = judge.number();
  dice d{seed};
  std::uint64_t const many = d.between(1, 20);
  for (std::uint64_t n = 1; n <= many; ++n) {
    std::uint64_t const number = judge.number();
    auto sending = self.send<parcel>(to, number, me, n);
    if (d.one_in(2)) continue;
    auto const went = co_await sent(self, std::move(sending));
    if (went) {
      if (local) promises.accepted[taker_number].push_back(number);
    } else if (local && rejects) {
      judge.expect(went.error() == snow::errc::overloaded, "send failed with {}", went.error().what());
      judge.expect(!judge.has_happened("taken", number), "what was taken was told to be thrown away");
      promises.rejected.insert(number);
    } else {
      judge.expect(!local && may_fail_by_network(went.error()), "send failed with {}", went.error().what());
    }
  }
}
SNOW_REGISTER(sender);

class bounded_driver final : public driver {
 public:
  using driver::driver;
  using model = promises;
  static constexpr std::uint64_t burst = 10'000;
  static constexpr bool refuses = true;

 private:
  snow::task<bool> round_with(std::string name, bool gently) override {
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;
    std::uint64_t const number = judge_.number();
    auto const limit = static_cast<std::int32_t>(dice_.between(1, 10));
    auto const then = static_cast<snow::on_full>(dice_.below(3));
    snow::duration const pause = dice_.one_in(3) ? snow::duration{} : dice_.between(1us, 5ms);
    auto const made = self_.spawn_monitor<taker>(snow::spawn_options{.mailbox_limit = limit, .on_full = then},
                                                 limit, then, pause);

    std::set<std::uint64_t> senders;  // monitors
    std::uint64_t const many = dice_.between(1, 4);
    bool good = true;
    for (std::uint64_t i = 0; i < many && good; ++i) {
      bool const rejects = then == snow::on_full::reject;
      if (dice_.one_in(2)) {
        auto const s = self_.spawn_monitor<sender>(made.pid, number, dice_.next(), rejects);
        senders.insert(s.monitor.number);
        continue;
      }
      auto starting = peer->spawn_monitor<sender>(made.pid, number, dice_.next(), rejects);
      snow::duration const patient = patience(gently, 2s);
      auto const s = co_await ends_within(patient, "spawn", std::move(starting));
      if (s)
        senders.insert(s->monitor.number);
      else
        good = failed(s.error(), "spawn");
    }
    bool over = false;
    auto const came = [&](const snow::down& d) {
      if (d.monitor == made.monitor) {
        bool const too_many = then == snow::on_full::end && d.reason == snow::errc::overloaded;
        judge_.expect(too_many || d.reason == snow::errc::killed || ended_with_us(d.reason),
                      "a taker ended with {}", d.reason.to_string());
        over = true;
        return;
      }
      judge_.expect(senders.erase(d.monitor.number) == 1, "a second down of one monitor");
      bool const whole = d.reason == snow::errc::normal;
      judge_.expect(whole || d.reason == snow::errc::no_connection || ended_with_node(d.reason),
                    "a sender ended with {}", d.reason.to_string());
      good = good && whole;
    };
    while (!senders.empty()) co_await self_.receive(came);
    while (!over) {
      auto asking = self_.ask<stock>(made.pid);
      auto const taken = co_await ends_within(10s, "ask", std::move(asking));
      if (taken) {
        // All that was accepted came before the question (S-7).
        for (std::uint64_t const n : promises::of_run().accepted[number])
          judge_.expect(judge_.has_happened("taken", n), "parcel {} was accepted, and is lost", n);
        break;
      }
      bool const full = then == snow::on_full::reject && taken.error() == snow::errc::overloaded;
      bool const may_end = then == snow::on_full::end || judge_.was_stopped(id_of(self_.node().name()));
      bool const ended =
          may_end && (taken.error() == snow::errc::overloaded || taken.error() == snow::errc::no_process);
      judge_.expect(full || ended || ended_with_us(taken.error().which()), "ask failed with {}",
                    taken.error().what());
      if (!full) break;
      co_await sleep(self_, 5ms);
    }
    self_.exit(made.pid, snow::kill);
    while (!over) co_await self_.receive(came);
    co_return good;
  }
};

const workload_entry entry{"bounded", make_fleet<bounded_driver>};

}  // namespace sweeping::bounded
