#include <set>

#include "simulation/workloads/driver.hpp"
#include "snow/testing/computer.hpp"

// Many actors that start others on another node, by every way there is, and often wait no longer for them, or
// are killed while they wait.

namespace sweeping::spawn_storm {

/// Whether this node destroys actors, and not the end of the node: nodes crash between turns.
bool is_alive() {
  return snow::testing::computer::turning;
}

/// From the first instruction of an actor to the destruction of its frame.
struct life {
  std::uint64_t number;
  explicit life(std::uint64_t n) : number{n} { judge::of_run().once("start", number); }
  life(const life&) = delete;
  ~life() { judge::of_run().once("end", number); }
};

/// Needs nobody.
snow::actor brief(snow::context& self, std::uint64_t number, std::uint32_t ms) {
  struct untouched {
    std::string node;
    bool has_slept = false;
    ~untouched() {
      judge& judge = judge::of_run();
      judge.expect(has_slept || !is_alive() || judge.was_stopped(id_of(node)),
                   "an actor was ended though nothing hung on its parent");
    }
  } here{self.node().name()};
  life const mine{number};
  if (ms != 0) co_await sleep(self, std::chrono::milliseconds{ms});
  here.has_slept = true;
}
/// Takes its time, gives a value.
snow::task<std::uint64_t> slow(snow::context& self, std::uint64_t number, std::uint32_t ms) {
  life const mine{number};
  co_await sleep(self, std::chrono::milliseconds{ms});
  co_return number + 1;
}
snow::task<std::uint64_t> fails(snow::context& self, std::uint64_t number, std::uint32_t ms) {
  life const mine{number};
  co_await sleep(self, std::chrono::milliseconds{ms});
  throw std::runtime_error{std::to_string(number)};
}
/// Ends only when nobody waits for it.
snow::actor hangs(snow::context& self, std::uint64_t number) {
  life const mine{number};
  co_await self.sleep_for(24h);
}
/// A plain function.
std::uint64_t twice(std::uint64_t number) {
  judge::of_run().once("start", number);
  return 2 * number;
}
SNOW_REGISTER(brief, slow, fails, hangs, twice);

/// One request to another node, however that ends.
class caller_body {
 public:
  caller_body(snow::context& self, const snow::peer& to, std::uint64_t seed, bool gently)
      : self_{self}, to_{to}, dice_{seed}, limit_{gently ? snow::duration{10s} : dice_.between(1ms, 2s)} {}

  /// False if something failed that may.
  snow::task<bool> run() {
    auto const ms = static_cast<std::uint32_t>(dice_.one_in(3) ? 0 : dice_.below(300));
    switch (dice_.below(8)) {
      case 0:
        return spawns(ms);
      case 1:
        return watches(ms);
      case 2:
        return calls_slow(ms);
      case 3:
        return calls_failing(ms);
      case 4:
        return calls_hanging();
      case 5:
        return calls_plain();
      case 6:
        return misspells();
      default:
        return calls_here(ms);
    }
  }

 private:
  template <class Operation>
  auto ends_within(snow::duration limit, std::string_view what, Operation op) {
    return sweeping::ends_within(self_, limit, what, std::move(op));
  }
  bool failed(const snow::error& e, std::string_view what) {
    judge_.expect(may_fail_by_network(e), "{} failed with {}", what, e.what());
    return false;
  }

  snow::task<bool> spawns(std::uint32_t ms) {
    auto starting = to_.spawn<brief>(number_, ms);
    auto const made = co_await ends_within(limit_, "spawn", std::move(starting));
    if (!made) co_return failed(made.error(), "spawn");
    co_return true;
  }
  snow::task<bool> watches(std::uint32_t ms) {
    auto starting = to_.spawn_monitor<brief>(number_, ms);
    auto const made = co_await ends_within(limit_, "spawn_monitor", std::move(starting));
    if (!made) {
      co_await nothing_comes();
      co_return failed(made.error(), "spawn_monitor");
    }
    bool good = true;
    co_await self_.receive(
        [&](const snow::down& d) {
          judge_.expect(d.monitor == made->monitor, "a down came of what it does not watch");
          good = d.reason == snow::errc::normal;
          judge_.expect(good ? judge_.has_happened("end", number_)
                             : d.reason == snow::errc::no_connection || ended_with_node(d.reason),
                        "a brief actor ended with {}", d.reason.to_string());
        },
        snow::after(2min, [&] { judge_.fail("no down came of {}", number_); }));
    co_await nothing_comes();
    co_return good;
  }
  snow::task<void> nothing_comes() {
    co_await self_.receive([&](const snow::down&) { judge_.fail("a down came of what it does not watch"); },
                           snow::after(10ms, [] {}));
  }
  snow::task<bool> calls_slow(std::uint32_t ms) {
    auto calling = to_.call<slow>(number_, ms);
    auto const value = co_await ends_within(limit_, "call", std::move(calling));
    if (!value) co_return failed(value.error(), "call");
    judge_.expect(*value == number_ + 1, "call {} gave {}", number_, *value);
    judge_.expect(judge_.has_happened("end", number_), "call {} was answered before its end", number_);
    co_return true;
  }
  snow::task<bool> calls_failing(std::uint32_t ms) {
    auto calling = to_.call<fails>(number_, ms);
    auto const value = co_await ends_within(limit_, "failing call", std::move(calling));
    judge_.expect(!value, "a call that fails gave a value");
    if (value || value.error() != snow::errc::exception) co_return failed(value.error(), "failing call");
    judge_.expect(value.error().details().find(std::to_string(number_)) != std::string::npos,
                  "call {} failed with {}", number_, value.error().what());
    co_return true;
  }
  snow::task<bool> calls_hanging() {
    snow::duration const limit = std::min<snow::duration>(limit_, 200ms);
    auto calling = to_.call<hangs>(number_);
    auto const value = co_await ends_within(limit, "hanging call", std::move(calling));
    judge_.expect(!value, "a call that hangs ended");
    if (!value && value.error() != snow::errc::timed_out) co_return failed(value.error(), "hanging call");
    co_return true;
  }
  snow::task<bool> calls_plain() {
    auto calling = to_.call<twice>(number_);
    auto const value = co_await ends_within(limit_, "plain call", std::move(calling));
    if (!value) co_return failed(value.error(), "plain call");
    judge_.expect(*value == 2 * number_, "call {} gave {}", number_, *value);
    co_return true;
  }
  snow::task<bool> misspells() {
    auto starting = to_.spawn("sweeping::spawn_storm::breif", number_);
    auto const made = co_await ends_within(limit_, "misspelt spawn", std::move(starting));
    judge_.expect(!made, "what nobody serves was started");
    if (!made && made.error() != snow::errc::function_not_found)
      co_return failed(made.error(), "misspelt spawn");
    co_return true;
  }
  snow::task<bool> calls_here(std::uint32_t ms) {
    auto calling = self_.call<slow>(number_, ms);
    auto const value = co_await ends_within(limit_, "local call", std::move(calling));
    if (!value) co_return failed(value.error(), "local call");
    judge_.expect(*value == number_ + 1, "call {} gave {}", number_, *value);
    co_return true;
  }

  snow::context& self_;
  snow::peer const to_;
  dice dice_;
  judge& judge_ = judge::of_run();
  std::uint64_t const number_ = judge_.number();
  snow::duration const limit_;
};

snow::actor caller(snow::context& self, snow::peer to, std::uint64_t number, std::uint64_t seed,
                   bool gently) {
  caller_body body{self, to, seed, gently};
  bool const good = co_await body.run();
  if (good) judge::of_run().once("good call", number);
}

class storm_driver final : public driver {
 public:
  using driver::driver;
  static constexpr std::uint64_t burst = 10'000;

 private:
  snow::task<bool> round_with(std::string name, bool gently) override {
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;
    struct one {
      std::uint64_t number;
      snow::pid pid;
    };
    std::map<std::uint64_t, one> callers;  // by their monitors
    std::uint64_t const many = dice_.between(1, 20);
    for (std::uint64_t i = 0; i < many; ++i) {
      std::uint64_t const number = judge_.number();
      auto const made = self_.spawn_monitor<caller>(*peer, number, dice_.next(), gently);
      callers.emplace(made.monitor.number, one{number, made.pid});
    }
    bool good = true;
    std::uint64_t killed = 0;
    while (!callers.empty()) {
      snow::duration const rest = dice_.between(1ms, 100ms);
      co_await self_.receive(
          [&](const snow::down& d) {
            auto const it = callers.find(d.monitor.number);
            judge_.expect(it != callers.end(), "a second down of one monitor");
            if (it == callers.end()) return;
            judge_.expect(d.reason == snow::errc::normal || (d.reason == snow::errc::killed && killed != 0) ||
                              ended_with_us(d.reason),
                          "a caller ended with {}", d.reason.to_string());
            good = judge_.has_happened("good call", it->second.number) && good;
            callers.erase(it);
          },
          snow::after(rest, [&] {
            if (gently || killed == 10) return;
            auto const any =
                std::next(callers.begin(), static_cast<std::ptrdiff_t>(dice_.below(callers.size())));
            self_.exit(any->second.pid, snow::kill);
            ++killed;
          }));
    }
    co_return good;
  }
};

const workload_entry entry{"spawn_storm", make_fleet<storm_driver>};

}  // namespace sweeping::spawn_storm
