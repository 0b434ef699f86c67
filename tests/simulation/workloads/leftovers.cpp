#include "simulation/workloads/driver.hpp"

// Callers that give up, or are killed while they wait: what they began on other nodes ends with them. And
// pids of incarnations that may be gone are told to others: they name whom they always named, or nobody.

namespace sweeping::leftovers {

using snow::as_result;

/// The keeper `start`.
struct made {
  snow::pid pid;
  std::uint64_t start = 0;
};
struct tell {
  made whom;
};
struct told {
  std::uint64_t start = 0;
};
struct never {
  using reply_type = bool;
};

/// Lives as long as its owner is known to live, and answers nothing.
snow::actor keeper(snow::context& self, std::uint64_t start, snow::pid owner) {
  self.monitor(owner);
  std::vector<snow::reply_to<bool>> unanswered;
  for (bool ended = false; !ended;) {
    co_await self.receive([&](tell m) { self.send<told>(m.whom.pid, m.whom.start); },
                          [&](told m) {
                            judge::of_run().expect(m.start == start, "keeper {} was taken for keeper {}",
                                                   start, m.start);
                          },
                          [&](never, snow::reply_to<bool> r) { unanswered.push_back(std::move(r)); },
                          [&](snow::down) { ended = true; });
  }
}
SNOW_REGISTER(keeper);

/// Ends when nobody waits for it any more.
snow::task<bool> endless(snow::context& self) {
  co_await self.receive([](never) { return true; });
  co_return true;
}
SNOW_REGISTER(endless);

snow::actor caller(snow::context& self, std::string name, std::uint64_t kind, snow::duration patience,
                   made old) {
  judge& judge = judge::of_run();
  auto connecting = self.node().connect(name);
  auto const peer = co_await as_result(std::move(connecting));
  if (!peer) co_return;
  std::uint64_t const start = judge.number();
  auto starting = peer->spawn<keeper>(start, self.id()).within(patience);
  auto const kept = co_await as_result(std::move(starting));
  if (!kept) co_return;
  self.send<made>(self.parent(), *kept, start);
  if (old.pid) self.send<tell>(*kept, old);
  if (kind == 0) {
    auto calling = peer->call<endless>().within(patience);
    auto const value = co_await as_result(std::move(calling));
    judge.expect(!value, "what does not end gave a value");
  } else if (kind == 1) {
    auto asking = self.ask<never>(*kept).within(patience);
    auto const answer = co_await as_result(std::move(asking));
    judge.expect(!answer, "what is not answered gave a value");
  } else {
    co_await self.sleep_for(patience);
  }
}

class leftovers_driver final : public driver {
 public:
  using driver::driver;
  static constexpr std::uint64_t burst = 2000;

 private:
  snow::task<bool> round_with(std::string name, bool gently) override {
    std::uint64_t const kind = dice_.below(3);
    snow::duration const wait = patience(gently, 3s);
    snow::duration const lives = gently ? 30s : dice_.between(0ms, 6s);
    auto const running = self_.spawn_monitor<caller>(name, kind, wait, old_[name]);
    bool kept = false;
    auto const keeps = [&](made m) { old_[name] = m, kept = true; };
    for (bool ended = false; !ended;)
      co_await self_.receive(
          keeps, [&](snow::down) { ended = true; },
          snow::after(lives, [&] { self_.exit(running.pid, snow::kill); }));
    co_return kept;
  }

  std::map<std::string, made> old_;
};

const workload_entry entry{"leftovers", make_fleet<leftovers_driver>};

}  // namespace sweeping::leftovers
