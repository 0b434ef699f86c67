#pragma once

// Branches of a bank, one on each node, that send each other money: twice. `hopeful` is how one writes it first, and
// loses money; `careful` is mended. bank.cpp finds out.
#include <cstdint>
#include <map>
#include <set>
#include <snow/actor.hpp>
#include <string>
#include <utility>

namespace bank {

using namespace std::chrono_literals;

/// What a branch has on disk, which its node's crash does not touch.
struct books {
  struct transfer {
    std::string to;
    std::int64_t cents;
  };
  std::int64_t cents = 0;
  std::uint64_t transfers = 0;
  std::map<std::uint64_t, transfer> under_way{};              ///< by number: taken off, and not known to have arrived
  std::set<std::pair<std::string, std::uint64_t>> arrived{};  ///< from which branch, its number
};

/// A customer's order: that much to the branch on that node.
struct pay {
  std::string to;
  std::int64_t cents = 0;
};

namespace hopeful {

struct credit {
  using reply_type = void;
  std::int64_t cents = 0;
};
struct came_back {
  std::int64_t cents = 0;
};

/// Carries one transfer to another branch. Whoever hears nothing of it has his money back.
inline snow::task<bool> carries(snow::context& self, const std::string& to, std::int64_t cents) {
  auto connecting = self.node().connect(to).within(2s);
  auto const peer = co_await snow::as_result(std::move(connecting));
  if (!peer) co_return false;
  auto asking = self.ask<credit>(snow::named{"branch", to}, cents).within(2s);
  auto const answer = co_await snow::as_result(std::move(asking));
  co_return answer.has_value();
}

inline snow::actor courier(snow::context& self, std::string to, std::int64_t cents) {
  auto const arrived = co_await carries(self, to, cents);
  if (!arrived) self.send<came_back>(self.parent(), cents);
}

inline snow::actor branch(snow::context& self, books* mine) {
  self.register_name("branch");
  for (;;)
    co_await self.receive(
        [&](pay p) {
          if (p.cents > mine->cents) return;
          mine->cents -= p.cents;
          self.spawn<courier>(p.to, p.cents);
        },
        [&](credit c) { mine->cents += c.cents; },
        [&](came_back c) { mine->cents += c.cents; });
}

}  // namespace hopeful

namespace careful {

struct credit {
  using reply_type = void;
  std::string from;
  std::uint64_t number = 0;
  std::int64_t cents = 0;
};
struct arrived {
  std::uint64_t number = 0;
};

/// The same, with a number by which the other branch knows a transfer that comes again.
inline snow::task<bool> carries(snow::context& self, std::uint64_t number, const std::string& to, std::int64_t cents) {
  auto connecting = self.node().connect(to).within(2s);
  auto const peer = co_await snow::as_result(std::move(connecting));
  if (!peer) co_return false;
  auto asking = self.ask<credit>(snow::named{"branch", to}, self.node().name(), number, cents).within(2s);
  auto const answer = co_await snow::as_result(std::move(asking));
  co_return answer.has_value();
}

/// Whoever hears nothing of it asks again, until he hears.
inline snow::actor courier(snow::context& self, std::uint64_t number, std::string to, std::int64_t cents) {
  for (bool there = false; !there;) {
    there = co_await carries(self, number, to, cents);
    if (!there) co_await self.sleep_for(500ms);
  }
  self.send<arrived>(self.parent(), number);
}

inline snow::actor branch(snow::context& self, books* mine) {
  self.register_name("branch");
  for (auto const& [number, t] : mine->under_way) self.spawn<courier>(number, t.to, t.cents);  // of before a crash
  for (;;)
    co_await self.receive(
        [&](pay p) {
          if (p.cents > mine->cents) return;
          mine->cents -= p.cents;
          auto const number = ++mine->transfers;
          mine->under_way[number] = {p.to, p.cents};
          self.spawn<courier>(number, p.to, p.cents);
        },
        [&](credit c) {
          if (mine->arrived.insert({c.from, c.number}).second) mine->cents += c.cents;
        },
        [&](arrived a) { mine->under_way.erase(a.number); });
}

}  // namespace careful

}  // namespace bank
