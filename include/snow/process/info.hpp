#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snow/process/environment.hpp"

namespace snow {

/// One actor, as it was seen while it may have been running.
struct actor_info {
  enum class state_type : std::uint8_t {
    waiting,  ///< for a message, an answer, a time, something outside
    ready,    ///< runs, or will
  };

  snow::pid pid;
  std::string function;
  state_type state = state_type::ready;
  std::size_t mail = 0;  ///< messages taken in and not received; what arrives this moment is not in it
  std::string waits_at;  ///< "file:line" of the `co_await` that it waits in, or went through last
  duration waits_for{};  ///< since it came there
};

namespace detail {

/// Any thread.
inline actor_info info_of(const cell& c, time_point now) {
  actor_info a;
  a.pid = c.id();
  if (auto const* const f = c.function.load(std::memory_order_acquire)) a.function = f->function;
  a.state = c.inbox.is_idle() ? actor_info::state_type::waiting : actor_info::state_type::ready;
  a.mail = c.mail.load(std::memory_order_relaxed);
  if (auto const place = c.place.load(std::memory_order_relaxed); place.line() != 0) {
    a.waits_at = std::string{place.file_name()} + ":" + std::to_string(place.line());
    a.waits_for = now - time_point{duration{c.since.load(std::memory_order_relaxed)}};
  }
  return a;
}

}  // namespace detail

/// Any thread. Every living actor in the order of its slot; O(slots that were ever used).
inline std::vector<actor_info> actors(environment& env) {
  std::vector<actor_info> all;
  time_point const now = env.clock().now();
  for (std::uint32_t slot = 0; slot < env.actors().size(); ++slot) {
    cell const& c = *env.actors().at(slot);
    if (c.inbox.is_closed()) continue;
    actor_info a = detail::info_of(c, now);
    if (!a.function.empty()) all.push_back(std::move(a));
  }
  return all;
}

}  // namespace snow
