#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/tampering.hpp"
#include "wire/samples.hpp"

// A peer that knows the cookie, talks to another node as any program does, and whose frames are spoilt on
// their way. Of one unit of a program, since it registers functions.

namespace hostile {

using namespace std::chrono_literals;
using snow::as_result;
using snow::testing::dice;
using support::frame_bytes;

struct line {
  std::uint32_t n = 0;
  std::string text;
};
struct question {
  using reply_type = std::uint32_t;
  std::uint32_t n = 0;
  std::string text;
};

inline snow::actor server(snow::context& self, snow::pid client) {
  self.monitor(client);
  for (bool ended = false; !ended;)
    co_await self.receive([](line) {}, [](question q) { return q.n + 1; }, [&](snow::down) { ended = true; });
}
SNOW_REGISTER(server);

inline std::uint32_t doubled(std::uint32_t n) {
  return 2 * n;
}
SNOW_REGISTER(doubled);

struct run_state {
  bool over = false;
  std::uint64_t failures = 0;  ///< between those that keep the rules
  std::uint64_t answers = 0;
};

/// Talks to a node until the run is over; what goes wrong is counted, or else expected.
inline snow::actor client(snow::context& self, std::string name, run_state* state, std::uint64_t seed,
                          bool counts) {
  dice d{seed};
  auto const fails = [&] { state->failures += counts ? 1 : 0; };
  while (!state->over) {
    snow::duration const pause = d.between(20ms, 200ms);
    co_await self.sleep_for(pause);
    auto connecting = self.node().connect(name).within(2s);
    auto const peer = co_await as_result(std::move(connecting));
    if (!peer) {
      fails();
      continue;
    }
    auto starting = peer->spawn_monitor<server>(self.id()).within(2s);
    auto const made = co_await as_result(std::move(starting));
    if (!made) {
      fails();
      continue;
    }
    std::string const text(d.one_in(4) ? d.below(30'000) : d.below(50), 'x');
    for (std::uint32_t i = 0; i < 3; ++i) {
      self.send<line>(made->pid, i, text);
      auto asking = self.ask<question>(made->pid, i, text).within(2s);
      auto const answer = co_await as_result(std::move(asking));
      if (!answer || *answer != i + 1)
        fails();
      else
        ++state->answers;
    }
    auto calling = peer->call<doubled>(4u).within(2s);
    auto const value = co_await as_result(std::move(calling));
    if (!value || *value != 8) fails();
    self.exit(made->pid, snow::kill);
    bool down = false;
    co_await self.receive([&](snow::down) { down = true; }, snow::after(2s, [] {}));
    if (!down) fails();
    while (down) co_await self.receive([](snow::down) {}, snow::after(0s, [&] { down = false; }));
  }
}

/// What is done to one frame.
inline void spoil(dice& d, frame_bytes& f, frame_bytes& held) {
  auto const body = support::body_of(f);
  auto const random_bytes = [&](std::size_t n) {
    frame_bytes bytes(n);
    d.fill(bytes);
    return bytes;
  };
  switch (d.below(12)) {
    case 0:  // one bit
      if (!body.empty()) body[d.below(body.size())] ^= static_cast<std::byte>(1u << d.below(8));
      return;
    case 1:  // one byte
      if (!body.empty()) body[d.below(body.size())] = static_cast<std::byte>(d.below(256));
      return;
    case 2:  // cut off
      f.resize(snow::wire::frame_header + d.below(body.size() + 1));
      return support::set_length(f);
    case 3: {  // more behind it
      auto const more = random_bytes(d.size_up_to(300));
      f.insert(f.end(), more.begin(), more.end());
      return support::set_length(f);
    }
    case 4:  // another tag
      f[4] = static_cast<std::byte>(d.one_in(2) ? d.below(0x26) : d.below(256));
      return;
    case 5: {  // nothing but noise
      auto const noise = random_bytes(d.size_up_to(1000));
      f.resize(snow::wire::frame_header);
      f.insert(f.end(), noise.begin(), noise.end());
      return support::set_length(f);
    }
    case 6: {  // twice
      auto const again = f;
      f.insert(f.end(), again.begin(), again.end());
      return;
    }
    case 7:  // never
      return f.clear();
    case 8:  // later
      return std::swap(f, held);
    case 9:  // any length
      d.fill(std::span{f}.first(d.between(1, 4)));
      return;
    case 10:
    case 11: {  // and one of any kind, of which some bytes are others
      static auto const all = samples::all();
      auto const& one = all[d.below(all.size())].frame;
      frame_bytes made(one.span().begin(), one.span().end());
      for (std::uint64_t n = d.below(4); n != 0 && made.size() > snow::wire::frame_header; --n)
        support::body_of(made)[d.below(made.size() - snow::wire::frame_header)] =
            static_cast<std::byte>(d.below(256));
      f.insert(f.end(), made.begin(), made.end());
      return;
    }
  }
}

/// Whether one of the frames that these bytes begin with is such a one.
inline bool holds(const frame_bytes& f, snow::wire::tag what) {
  for (std::size_t at = 0; at + snow::wire::frame_header <= f.size();) {
    if (f[at + 4] == static_cast<std::byte>(what)) return true;
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < sizeof length; ++i)
      length |= std::to_integer<std::uint32_t>(f[at + i]) << (8 * i);
    at += sizeof length + length;
  }
  return false;
}

/// Without EXITs of what is spoilt, it ends nobody: any node may end any actor of another.
inline snow::testing::tampering spoils(std::uint64_t seed, bool with_exits = true) {
  struct state {
    dice d;
    std::uint64_t one_in;
    frame_bytes held{};
  };
  dice d{seed};
  std::uint64_t const one_in = d.size_up_to(100);
  return support::frame_by_frame(
      [with_exits, s = std::make_shared<state>(state{d.split(), one_in})](frame_bytes& f, std::size_t) {
        // Its proof is good, or it would be nobody's peer.
        auto const t = support::tag_of(f);
        if (t == snow::wire::tag::hello || t == snow::wire::tag::proof || t == snow::wire::tag::open) return;
        if (!s->d.one_in(s->one_in)) return;
        spoil(s->d, f, s->held);
        if (!with_exits && holds(f, snow::wire::tag::exit)) f.clear();
      });
}

}  // namespace hostile
