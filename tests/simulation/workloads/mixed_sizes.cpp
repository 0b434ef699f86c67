#include <algorithm>
#include <span>

#include "simulation/workloads/driver.hpp"

// Several senders at a time, each to a receiver of its own on the other node, over one session: messages of
// all sizes, from empty ones to many frames, whose contents both ends know from a seed.

namespace sweeping::mixed_sizes {

struct nothing {};
struct text {
  std::string content;
};
struct load {
  snow::bytes content;
};
struct count {
  using reply_type = std::uint64_t;
};

enum class kind : std::uint8_t { nothing, text, load };

/// What a sender sends to its receiver, message by message; no more bytes than `budget`.
class plan {
 public:
  plan(std::uint64_t seed, std::uint64_t budget)
      : dice_{seed}, frame_{course::of_run().of.options.node.limits.frame}, left_{budget} {}

  struct step {
    mixed_sizes::kind kind = kind::nothing;
    std::string content{};
  };
  step next() {
    step s;
    switch (dice_.below(8)) {
      case 0:
        return s;
      case 1:
        fill(s, dice_.between(frame_ - 100, frame_ + 100));
        break;
      case 2:
        fill(s, dice_.below(4 * frame_));
        break;
      case 3:
        fill(s, dice_.below(1'200'000));
        break;
      default:
        fill(s, dice_.below(200));
    }
    s.kind = dice_.one_in(2) ? kind::text : kind::load;
    return s;
  }

 private:
  void fill(step& s, std::uint64_t size) {
    s.content.resize(std::min(size, left_));
    left_ -= s.content.size();
    dice_.fill(std::as_writable_bytes(std::span{s.content}));
  }

  dice dice_;
  std::uint64_t const frame_;
  std::uint64_t left_;
};

/// Lives as long as its sender is known to live, and gets a beginning of what that one sends.
snow::actor receiver(snow::context& self, std::uint64_t seed, std::uint64_t budget) {
  judge& judge = judge::of_run();
  self.monitor(self.parent());
  plan all{seed, budget};
  std::uint64_t n = 0;
  auto const came = [&](kind what, std::string_view content) {
    auto const due = all.next();
    judge.expect(due.kind == what && due.content == content,
                 "message {} of {} has {} bytes, kind {}; sent were {}, kind {}", n, seed, content.size(),
                 static_cast<int>(what), due.content.size(), static_cast<int>(due.kind));
    ++n;
  };
  for (bool ended = false; !ended;)
    co_await self.receive([&](nothing) { came(kind::nothing, {}); },
                          [&](text t) { came(kind::text, t.content); },
                          [&](load l) { came(kind::load, l.content.text()); }, [&](count) { return n; },
                          [&](snow::down) { ended = true; });
}
SNOW_REGISTER(receiver);

/// When all has arrived, `number` "arrived".
snow::actor sender(snow::context& self, snow::peer to, std::uint64_t number, std::uint64_t seed,
                   std::uint64_t budget, bool gently) {
  judge& judge = judge::of_run();
  snow::duration const limit = gently ? 20s : 5s;
  auto starting = to.spawn<receiver>(seed, budget);
  auto const made = co_await ends_within(self, limit, "spawn", std::move(starting));
  if (!made) {
    judge.expect(may_fail_by_network(made.error()), "spawn failed with {}", made.error().what());
    co_return;
  }
  dice d{seed + 1};
  plan all{seed, budget};
  std::uint64_t const n = d.between(1, 12);
  for (std::uint64_t i = 0; i < n; ++i) {
    auto const step = all.next();
    auto sending = step.kind == kind::nothing ? self.send<nothing>(*made)
                   : step.kind == kind::text  ? self.send<text>(*made, step.content)
                                              : self.send<load>(*made, snow::bytes::copy_of(step.content));
    if (d.one_in(3)) {
      auto const went = co_await sent(self, std::move(sending));
      if (!went) {
        judge.expect(may_fail_by_network(went.error()), "send failed with {}", went.error().what());
        co_return;
      }
    } else if (d.one_in(3)) {
      snow::duration const rest = d.between(1us, 20ms);
      co_await self.sleep_for(rest);
    }
  }
  auto asking = self.ask<count>(*made);
  auto const arrived = co_await ends_within(self, limit, "ask", std::move(asking));
  if (arrived) {
    judge.expect(*arrived == n, "{} of {} messages of {} arrived before the ask", *arrived, n, seed);
    judge.once("arrived", number);
  } else {
    // It ended when it lost its sender, if another connection has come since.
    judge.expect(may_fail_by_network(arrived.error()) || arrived.error() == snow::errc::no_process,
                 "ask failed with {}", arrived.error().what());
  }
}

class mixed_driver final : public driver {
 public:
  mixed_driver(snow::context& self, std::uint64_t seed) : driver{self, seed} {
    bool const fast = course::of_run().of.options.weather.bytes_per_second == 0;
    left_ = std::clamp<std::uint64_t>(course::of_run().at_a_time * 500, 20'000, fast ? 3'000'000 : 300'000);
  }
  static constexpr std::uint64_t burst = 3'010'000;

 private:
  snow::task<bool> round_with(std::string name, bool gently) override {
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;
    std::map<snow::pid, std::uint64_t> senders;
    std::uint64_t const many = dice_.between(1, 4);
    for (std::uint64_t i = 0; i < many; ++i) {
      std::uint64_t const budget = std::max<std::uint64_t>(2000, dice_.below(left_ + 1));
      left_ -= std::min(left_, budget);
      std::uint64_t const number = judge_.number();
      auto const made = self_.spawn_monitor<sender>(*peer, number, dice_.next(), budget, gently);
      senders.emplace(made.pid, number);
    }
    bool good = true;
    while (!senders.empty())
      co_await self_.receive([&](const snow::down& d) {
        judge_.expect(d.reason == snow::errc::normal || ended_with_us(d.reason), "a sender ended with {}",
                      d.reason.to_string());
        good = judge_.has_happened("arrived", senders.at(d.pid)) && good;
        senders.erase(d.pid);
      });
    co_return good;
  }

  std::uint64_t left_;  // bytes that it may send
};

const workload_entry entry{"mixed_sizes", make_fleet<mixed_driver>};

}  // namespace sweeping::mixed_sizes
