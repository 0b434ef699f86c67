// Messages between the actors of one process.
#include <snow/actor.hpp>

#include "figures.hpp"
#include "on_workers.hpp"

using figures::check;
using figures::on_workers;
using figures::stopwatch;

struct ball {
  snow::pid from;
  std::uint64_t left;
};

snow::actor pong(snow::context& self) {
  for (;;) co_await self.receive([&](ball b) { self.send<ball>(b.from, self.id(), b.left - 1); });
}

struct played {
  std::uint64_t balls;
};

snow::actor ping(snow::context& self, std::uint64_t messages) {
  auto const partner = self.spawn<pong>();
  std::uint64_t received = 0, left = messages;
  self.send<ball>(partner, self.id(), left);
  while (left > 1)
    co_await self.receive([&](ball b) {
      ++received;
      left = b.left;
      if (left > 1) self.send<ball>(b.from, self.id(), left - 1);
    });
  self.send<played>(self.parent(), received);
}

template <std::uint64_t Pairs>
snow::actor ping_pong(snow::context& self, std::uint64_t messages, double* figure) {
  std::uint64_t received = 0;
  stopwatch const watch;
  for (std::uint64_t i = 0; i < Pairs; ++i) self.spawn<ping>(messages);
  for (std::uint64_t i = 0; i < Pairs; ++i) co_await self.receive([&](played p) { received += p.balls; });
  *figure = watch.per_second(Pairs * messages);
  check("balls that came back", received, Pairs * (messages / 2));
}

struct token {
  std::uint64_t hops_left;
};

snow::actor member(snow::context& self, snow::pid next) {
  for (;;) co_await self.receive([&](token t) { self.send<token>(next, t.hops_left - 1); });
}

template <std::uint64_t Members>
snow::actor ring(snow::context& self, std::uint64_t rounds, double* figure) {
  auto next = self.id();
  for (std::uint64_t i = 1; i < Members; ++i) next = self.spawn<member>(next);
  std::uint64_t passes = 0, left = rounds * Members;
  stopwatch const watch;
  self.send<token>(next, left - 1);
  while (left > 0)
    co_await self.receive([&](token t) {
      ++passes;
      left = t.hops_left;
      if (left > 0) self.send<token>(next, left - 1);
    });
  *figure = watch.per_second(rounds * Members);
  check("times that the token came round", passes, rounds);
}

struct number {
  std::uint64_t value;
};

snow::actor sender(snow::context& self, snow::pid to, std::uint64_t messages) {
  for (std::uint64_t i = 1; i <= messages; ++i) co_await self.send<number>(to, i);
}

snow::actor fan_in(snow::context& self, std::uint64_t each, double* figure) {
  constexpr std::uint64_t senders = 20;
  std::uint64_t sum = 0;
  stopwatch const watch;
  for (std::uint64_t i = 0; i < senders; ++i) self.spawn<sender>(self.id(), each);
  for (std::uint64_t i = 0; i < senders * each; ++i) co_await self.receive([&](number n) { sum += n.value; });
  *figure = watch.per_second(senders * each);
  check("the sum", sum, senders * (each * (each + 1) / 2));
}

struct twice {
  using reply_type = std::uint64_t;
  std::uint64_t value;
};

snow::actor doubler(snow::context& self) {
  for (;;) co_await self.receive([](twice q) { return 2 * q.value; });
}

snow::actor request(snow::context& self, std::uint64_t requests, double* figure) {
  auto const server = self.spawn<doubler>();
  std::uint64_t sum = 0;
  stopwatch const watch;
  for (std::uint64_t i = 1; i <= requests; ++i) sum += co_await self.ask<twice>(server, i);
  *figure = watch.per_second(requests);
  check("the sum", sum, requests * (requests + 1));
}

int main(int argc, char** argv) {
  return figures::run(
      argc, argv,
      {{"ping-pong", "messages/s", 10'000'000, [](auto n) { return on_workers<ping_pong<1>>(1, n); }},
       {"request", "requests/s", 3'000'000, [](auto n) { return on_workers<request>(1, n); }},
       {"ring", "hops/s", 10'000, [](auto n) { return on_workers<ring<1'000>>(1, n); }},
       {"ring-100000", "hops/s", 100, [](auto n) { return on_workers<ring<100'000>>(1, n); }},
       {"fan-in", "messages/s", 200'000, [](auto n) { return on_workers<fan_in>(1, n); }},
       {"fan-in-2", "messages/s", 200'000, [](auto n) { return on_workers<fan_in>(2, n); }},
       {"pairs", "messages/s", 500'000, [](auto n) { return on_workers<ping_pong<16>>(1, n); }},
       {"pairs-2", "messages/s", 500'000, [](auto n) { return on_workers<ping_pong<16>>(2, n); }}});
}
