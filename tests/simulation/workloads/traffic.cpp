#include <set>

#include "simulation/workload.hpp"
#include "snow/actor.hpp"

// Drivers on each node connect to others, start servers there and talk to them in every way: one-way messages
// in order, large and small, asks, calls, monitors, kills.

namespace sweeping::traffic {

using namespace std::chrono_literals;
using snow::as_result;
using snow::testing::dice;

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

struct run_state {
  bool over = false;
  std::vector<std::string> names;
};
run_state* state = nullptr;

/// Lives as long as its driver is known to live.
snow::actor server(snow::context& self, std::uint64_t start, snow::pid driver) {
  judge& judge = judge::of_run();
  judge.once("start", start);
  self.monitor(driver);
  std::uint64_t last = 0, echoed = 0;
  bool ended = false;
  while (!ended) {
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
  co_await self.sleep_for(std::chrono::milliseconds{ms});
  co_return number;
}
SNOW_REGISTER(slow);

/// What a driver and one server have said.
struct talk {
  std::uint64_t start;
  snow::pid server;
  snow::monitor_ref monitor;
  std::uint64_t sent = 0;
  std::uint64_t echoed = 0;
  bool down = false;
};

bool may_fail_by_network(const snow::error& e) {
  return e == snow::errc::no_connection || e == snow::errc::timed_out || e == snow::errc::overloaded ||
         e == snow::errc::shutting_down || e == snow::errc::name_in_use;
}

class driver_body {
 public:
  driver_body(snow::context& self, std::uint64_t seed) : self_{self}, dice_{seed} {}

  snow::task<void> run() {
    while (!state->over) {
      co_await round();
      snow::duration const rest = dice_.between(1ms, 300ms);
      co_await self_.sleep_for(rest);
    }
    // All is mended: now everything must succeed, after a few tries, with everybody.
    for (auto const& name : state->names) {
      if (name == self_.node().name()) continue;
      bool good = false;
      for (int tries = 0; tries < 30 && !good; ++tries) {
        good = co_await round_with(name, true);
        if (!good) co_await self_.sleep_for(1s);
      }
      judge_.expect(good, "{} does not come through to {} though all is mended", self_.node().name(), name);
    }
  }

 private:
  snow::task<void> round() {
    std::string const name = state->names[dice_.below(state->names.size())];
    if (name != self_.node().name()) co_await round_with(name, false);
  }

  std::string padding() {
    return std::string(dice_.one_in(8) ? dice_.below(100'000) : dice_.below(100), '.');
  }

  /// False if something failed that may.
  snow::task<bool> round_with(std::string name, bool gently) {
    snow::node& node = self_.node();
    auto connecting = node.connect(name).within(gently ? snow::duration{10s} : dice_.between(10ms, 5s));
    auto const peer = co_await as_result(std::move(connecting));
    if (!peer) co_return expected(peer.error(), "connect");

    std::uint64_t const start = judge_.number();
    snow::duration const patience = gently ? snow::duration{10s} : dice_.between(1ms, 5s);
    auto starting = peer->spawn_monitor<server>(start, self_.id()).within(patience);
    auto const made = co_await as_result(std::move(starting));
    if (!made) co_return expected(made.error(), "spawn");
    judge_.expect(judge_.has_happened("start", start), "spawn {} was answered, and it had not started",
                  start);

    talk t{start, made->pid, made->monitor};
    bool good = true;
    std::uint64_t const steps = dice_.between(1, 12);
    for (std::uint64_t i = 0; i < steps && good && !t.down; ++i) {
      switch (dice_.below(5)) {
        case 0:
        case 1: {
          std::uint64_t const many = dice_.between(1, 10);
          for (std::uint64_t k = 0; k < many; ++k) self_.send<one_way>(t.server, ++t.sent, padding());
          break;
        }
        case 2: {
          auto sending = self_.send<one_way>(t.server, ++t.sent, padding());
          auto const sent = co_await as_result(std::move(sending));
          if (!sent) good = expected(sent.error(), "send");
          break;
        }
        case 3: {
          std::uint64_t const number = judge_.number();
          std::string const text = padding();
          snow::duration const limit = gently ? snow::duration{10s} : dice_.between(1ms, 5s);
          auto asking = self_.ask<question>(t.server, number, t.sent, text).within(limit);
          auto const answer = co_await as_result(std::move(asking));
          judge_.once("answered ask", number);
          if (!answer) {
            good = expected(answer.error(), "ask");
          } else {
            judge_.expect(*answer == number * 2 + 1, "ask {} was answered {}", number, *answer);
            judge_.expect(judge_.has_happened("handled ask", number), "ask {} was answered by nobody",
                          number);
          }
          break;
        }
        case 4: {
          std::uint64_t const number = judge_.number();
          auto const ms = static_cast<std::uint32_t>(gently ? 1 : dice_.below(200));
          auto calling =
              peer->call<slow>(number, ms).within(gently ? snow::duration{10s} : dice_.between(1ms, 1s));
          auto const value = co_await as_result(std::move(calling));
          if (!value) {
            good = expected(value.error(), "call");
          } else {
            judge_.expect(*value == number, "call {} gave {}", number, *value);
            judge_.expect(judge_.has_happened("callee ended", number), "call {} was answered before its end",
                          number);
          }
          break;
        }
      }
      // GCC 12 would throw the dice of both branches inside the co_await.
      snow::duration const listening = dice_.one_in(2) ? snow::duration{} : dice_.between(0ms, 50ms);
      co_await hear(t, listening);
    }
    // Its end: exactly one DOWN.
    if (dice_.one_in(8) && !gently && !t.down) {
      self_.demonitor(t.monitor);
      self_.exit(t.server, snow::kill);
      co_await hear(t, 100ms);
      judge_.expect(!t.down, "a DOWN came after demonitor");
      co_return good;
    }
    self_.exit(t.server, snow::kill);
    while (!t.down) co_await hear(t, 1min, true);
    co_return good && !lost_;
  }

  /// What has come, or comes within that time.
  snow::task<void> hear(talk& t, snow::duration d, bool for_down = false) {
    bool more = true;
    while (more && !(for_down && t.down)) {
      co_await self_.receive(
          [&](echo e) {
            judge_.expect(!dead_.contains(e.start), "a message of {} came after its DOWN", e.start);
            if (e.start != t.start) return;
            judge_.expect(e.n == t.echoed + 1, "echo {} came after {}", e.n, t.echoed);
            t.echoed = e.n;
          },
          [&](snow::down down) {
            if (down.monitor != t.monitor) return;
            judge_.expect(!t.down, "a second DOWN of one monitor");
            t.down = true;
            dead_.insert(t.start);
            lost_ = down.reason == snow::errc::no_connection;
            judge_.expect(lost_ || down.reason == snow::errc::killed || down.reason == snow::errc::overloaded,
                          "a server ended with {}", down.reason.to_string());
          },
          snow::after(d, [&] {
            more = false;
            judge_.expect(!for_down, "no DOWN within a minute");
            if (for_down) t.down = true;
          }));
    }
  }
  bool expected(const snow::error& e, std::string_view what) {
    judge_.expect(may_fail_by_network(e), "{} failed with {}", what, e.what());
    return false;
  }

  snow::context& self_;
  dice dice_;
  judge& judge_ = judge::of_run();
  std::set<std::uint64_t> dead_;  // starts of servers whose DOWN came
  bool lost_ = false;
};

snow::actor driver(snow::context& self, std::uint64_t seed) {
  driver_body body{self, seed};
  co_await body.run();
}

class traffic final : public workload {
 public:
  traffic(std::uint64_t seed, std::vector<std::string> ids) : dice_{seed} {
    for (auto const& id : ids) state_.names.push_back(id + "@" + id + ":1");
    state = &state_;
  }
  ~traffic() override { state = nullptr; }

  void start(snow::testing::simulation& sim, const std::string& id) override {
    std::uint64_t const n = dice_.between(1, 2);
    for (std::uint64_t i = 0; i < n; ++i) drivers_.push_back(sim.node(id).spawn<driver>(dice_.next()));
  }
  void finish(snow::testing::simulation&) override { state_.over = true; }
  bool is_done() override {
    for (auto const& d : drivers_)
      if (!d.has_ended()) return false;
    for (auto const& d : drivers_)
      judge::of_run().expect(*d.exit_reason() == snow::errc::normal || *d.exit_reason() == snow::errc::killed,
                             "a driver ended with {}", d.exit_reason()->to_string());
    return true;
  }

 private:
  dice dice_;
  run_state state_;
  std::vector<snow::testing::spawned> drivers_;
};

const workload_entry entry{"traffic", [](std::uint64_t seed, std::vector<std::string> ids) {
                             return std::make_unique<traffic>(seed, std::move(ids));
                           }};

}  // namespace sweeping::traffic
