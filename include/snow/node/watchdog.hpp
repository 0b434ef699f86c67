#pragma once

#include <cstdint>
#include <map>
#include <source_location>
#include <string>

#include "snow/node/engine.hpp"
#include "snow/process/info.hpp"

namespace snow {

/// Reports actors that wait in one place for long while messages lie in their mailboxes: for an answer that
/// does not come, in a `blocking` that does not return, in a `receive` that takes none of them.
///
/// On the first worker, a few thousand actors between two of its turns, all of them four times in the time
/// that is too long.
class watchdog {
 public:
  /// Before the start.
  watchdog(engine& e, duration too_long) : env_{e.env()}, too_long_{too_long} {
    run_on(e.first(), [this] { rest(); });
  }

 private:
  static constexpr std::uint32_t at_a_time = 4096;

  struct reported {
    std::uint64_t generation;
    std::uint32_t line;
    std::uint32_t mail;
  };

  void rest() {
    alarm_.set(env_.clock().now() + too_long_ / 4, [this] { look(); });
  }
  void look() {
    time_point const now = env_.clock().now();
    std::uint32_t const size = env_.actors().size();
    std::uint32_t const end = size - next_ > at_a_time ? next_ + at_a_time : size;
    for (; next_ < end; ++next_) look_at(*env_.actors().at(next_), now);
    if (next_ < size) return alarm_.set(now, [this] { look(); });
    next_ = 0;
    rest();
  }
  void look_at(const cell& c, time_point now) {
    std::uint32_t const mail = c.mail.load(std::memory_order_relaxed);
    if (mail == 0 || !c.inbox.is_idle()) return;
    std::source_location const place = c.place.load(std::memory_order_relaxed);
    if (place.line() == 0 || now - time_point{duration{c.since.load(std::memory_order_relaxed)}} < too_long_)
      return;
    pid const who = c.id();
    auto const [it, fresh] = reported_.try_emplace(c.slot, reported{who.generation, place.line(), mail});
    reported& before = it->second;
    if (!fresh && before.generation == who.generation && before.line == place.line() &&
        mail / 2 < before.mail)
      return;
    before = {who.generation, place.line(), mail};
    actor_info const seen = detail::info_of(c, now);
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(seen.waits_for).count();
    env_.report(log_level::warning, "stuck",
                seen.function + " waits at " + seen.waits_at + " for " + std::to_string(seconds) +
                    " s, and " + std::to_string(mail) + (mail == 1 ? " message lies" : " messages lie") +
                    " in its mailbox",
                who);
  }

  environment& env_;
  duration const too_long_;
  alarm alarm_;
  std::uint32_t next_ = 0;
  std::map<std::uint32_t, reported> reported_;  // by slot
};

}  // namespace snow
