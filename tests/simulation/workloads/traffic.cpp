#include <set>

#include "simulation/workloads/driver.hpp"

// Drivers start servers on other nodes and talk to them in every way: one-way messages in order, large and
// small, asks, calls, monitors, kills.

namespace sweeping::traffic {

/// The n-th message of a driver to a server.
struct one_way {
  std::uint64_t n = 0;
  std::string padding;
};
struct question {
  using reply_type = std::uint64_t;
  std::uint64_t number = 0;  ///< the judge's
  std::uint64_t sent_before = 0;
  std::string padding;
};
/// The n-th message of a server to its driver.
struct echo {
  std::uint64_t start = 0;
  std::uint64_t n = 0;
};

/// What its driver calls it.
std::string name_of(std::uint64_t start) {
  return "server " + std::to_string(start);
}

/// Lives as long as its driver is known to live. It rests after each message.
snow::actor server(snow::context& self, std::uint64_t start, snow::pid driver, std::uint32_t rest) {
  judge& judge = judge::of_run();
  judge.once("start", start);
  self.register_name(name_of(start));
  self.monitor(driver);
  // What it is sent by pid and what it is sent by name have windows of their own; the last may overdraw
  // (S-36).
  std::uint64_t const window = course::of_run().of.options.node.limits.mailbox_window;
  std::uint64_t const most = 2 * (window / snow::wire::message_overhead + 1) + 1;
  std::uint64_t last = 0, echoed = 0;
  bool ended = false;
  while (!ended) {
    judge.expect(self.info().mail <= most, "{} messages in a mailbox whose windows take {}", self.info().mail,
                 most);
    co_await self.receive(
        [&](one_way m) {
          judge.expect(m.n == last + 1, "one-way message {} came after {}", m.n, last);
          last = m.n;
          self.send<echo>(driver, start, ++echoed);
        },
        [&](question q) {
          judge.once("handled ask", q.number);
          judge.expect(q.sent_before == last, "ask {} overtook: {} came before it, not {}", q.number, last,
                       q.sent_before);
          self.send<echo>(driver, start, ++echoed);
          return q.number * 2 + 1;
        },
        [&](snow::down) { ended = true; });
    if (rest != 0) co_await sleep(self, std::chrono::milliseconds{rest});
  }
}
SNOW_REGISTER(server);

/// Takes its time.
snow::task<std::uint64_t> slow(snow::context& self, std::uint64_t number, std::uint32_t ms) {
  struct guard {
    std::uint64_t number;
    ~guard() { judge::of_run().once("callee ended", number); }
  } const alive{number};
  judge::of_run().once("callee", number);
  co_await sleep(self, std::chrono::milliseconds{ms});
  co_return number;
}
SNOW_REGISTER(slow);

/// What a driver and one server have said.
struct talk {
  std::uint64_t start;
  snow::pid server;
  snow::monitor_ref monitor;
  snow::named name;
  std::uint64_t sent = 0;
  std::uint64_t echoed = 0;
  bool watched = true;  ///< and so told when anything may be missing
  bool down = false;
};

class traffic_driver final : public driver {
 public:
  using driver::driver;
  static constexpr std::uint64_t burst = 10 * 100'200;

 private:
  std::string padding() {
    std::uint64_t const large = std::min<std::uint64_t>(100'000, course::of_run().at_a_time * 100);
    return std::string(dice_.one_in(8) ? dice_.below(large) : dice_.below(100), '.');
  }

  snow::task<bool> round_with(std::string name, bool gently) override {
    // Also when no round gets far: who takes nothing holds up whoever sends here, and is ended for it (S-61).
    talk nobody{0, {}, {}, snow::named{{}}};
    co_await hear(nobody, 0ms);
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;

    std::uint64_t const start = judge_.number();
    auto const rest = static_cast<std::uint32_t>(gently || !dice_.one_in(4) ? 0 : dice_.between(1, 20));
    auto starting = peer->spawn_monitor<server>(start, self_.id(), rest);
    snow::duration const limit = patience(gently, 5s);
    auto const made = co_await ends_within(limit, "spawn", std::move(starting));
    if (!made) co_return failed(made.error(), "spawn");
    judge_.expect(judge_.has_happened("start", start), "spawn {} was answered, and it had not started",
                  start);

    talk t{start, made->pid, made->monitor, snow::named{name_of(start), name}};
    bool good = true;
    std::uint64_t const steps = dice_.between(1, 12);
    for (std::uint64_t i = 0; i < steps && good && !t.down; ++i) {
      // Messages bring it to the session's worker, and this to any.
      if (dice_.one_in(2)) co_await self_.blocking([] {});
      switch (dice_.below(5)) {
        case 0:
        case 1: {
          std::uint64_t const many = dice_.between(1, 10);
          for (std::uint64_t k = 0; k < many; ++k) sends(t);
          break;
        }
        case 2: {
          auto sending = sends(t);
          auto const result = co_await sent(self_, std::move(sending));
          if (!result) good = failed(result.error(), "send");
          break;
        }
        case 3:
          good = co_await asks(t, gently);
          break;
        case 4:
          good = co_await calls(*peer, gently);
          break;
      }
      // GCC 12 would throw the dice of both branches inside the co_await.
      snow::duration const listening = dice_.one_in(2) ? snow::duration{} : dice_.between(0ms, 50ms);
      co_await hear(t, listening);
    }
    // Its end: exactly one DOWN.
    if (dice_.one_in(8) && !gently && !t.down) {
      self_.demonitor(t.monitor);
      t.watched = false;
      self_.exit(t.server, snow::kill);
      co_await hear(t, 100ms);
      judge_.expect(!t.down, "a DOWN came after demonitor");
      co_return good;
    }
    self_.exit(t.server, snow::kill);
    // It comes behind what was sent before, which may be held for `deadline` (S-38) or `stall` (S-61) at each
    // hop.
    while (!t.down) co_await hear(t, patient, true);
    co_return good && !lost_;
  }

  /// To the pid or to the name: it is the same process (S-1).
  snow::send_operation sends(talk& t) {
    std::uint64_t const n = ++t.sent;
    std::string const text = padding();
    if (dice_.one_in(3)) return self_.send<one_way>(t.name, n, text);
    return self_.send<one_way>(t.server, n, text);
  }
  snow::task<bool> asks(talk& t, bool gently) {
    std::uint64_t const number = judge_.number();
    auto asking = self_.ask<question>(t.server, number, t.sent, padding());
    snow::duration const limit = patience(gently, 5s);
    auto const answer = co_await ends_within(limit, "ask", std::move(asking));
    judge_.once("answered ask", number);
    if (!answer && answer.error() == snow::errc::no_process) {
      // Another connection has come meanwhile: the DOWN of before it is here.
      co_await hear(t, 0ms);
      // But one whose node stops tells of its end behind what it said before, and that may wait for room.
      judge_.expect(t.down || judge_.was_stopped(id_of(t.name.node())),
                    "ask {} found nobody, and no DOWN had come", number);
      co_return false;
    }
    if (!answer && answer.error() == snow::errc::normal) co_return false;  // it lost this one meanwhile
    if (!answer) co_return failed(answer.error(), "ask");
    judge_.expect(*answer == number * 2 + 1, "ask {} was answered {}", number, *answer);
    judge_.expect(judge_.has_happened("handled ask", number), "ask {} was answered by nobody", number);
    co_return true;
  }
  snow::task<bool> calls(const snow::peer& peer, bool gently) {
    std::uint64_t const number = judge_.number();
    auto const ms = static_cast<std::uint32_t>(gently ? 1 : dice_.below(200));
    auto calling = peer.call<slow>(number, ms);
    snow::duration const limit = patience(gently, 1s);
    auto const value = co_await ends_within(limit, "call", std::move(calling));
    if (!value) co_return failed(value.error(), "call");
    judge_.expect(*value == number, "call {} gave {}", number, *value);
    judge_.expect(judge_.has_happened("callee ended", number), "call {} was answered before its end", number);
    co_return true;
  }

  /// What has come, or comes within that time.
  snow::task<void> hear(talk& t, snow::duration d, bool for_down = false) {
    bool more = true;
    while (more && !(for_down && t.down)) {
      co_await self_.receive(
          [&](echo e) {
            judge_.expect(!dead_.contains(e.start), "a message of {} came after its DOWN", e.start);
            if (e.start != t.start || t.down) return;
            judge_.expect(t.watched ? e.n == t.echoed + 1 : e.n > t.echoed, "echo {} came after {}", e.n,
                          t.echoed);
            t.echoed = e.n;
          },
          [&](snow::down down) {
            if (down.monitor != t.monitor) return;
            judge_.expect(!t.down, "a second DOWN of one monitor");
            t.down = true;
            // One out of reach may still write, by another connection, until it is told.
            lost_ = down.reason == snow::errc::no_connection;
            if (!lost_) dead_.insert(t.start);
            judge_.expect(lost_ || down.reason == snow::errc::killed ||
                              down.reason == snow::errc::overloaded ||
                              ended_with_node(down.reason, t.name.node()),
                          "a server ended with {}", down.reason.to_string());
          },
          snow::after(d, [&] {
            more = false;
            judge_.expect(!for_down, "no DOWN, however long it took");
            if (for_down) t.down = true;
          }));
    }
  }

  std::set<std::uint64_t> dead_;  // starts of servers that have ended
  bool lost_ = false;
};

const workload_entry entry{"traffic", make_fleet<traffic_driver>};

}  // namespace sweeping::traffic
