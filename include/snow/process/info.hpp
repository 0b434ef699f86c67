#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snow/process/answer_operation.hpp"
#include "snow/process/attachments.hpp"
#include "snow/process/environment.hpp"
#include "snow/process/signals.hpp"

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

  // Known to the actor itself only: what `info(pid)` adds.
  std::vector<std::string> names{};   ///< its local ones
  std::vector<snow::pid> links{};     ///< to whom it is linked
  std::vector<snow::pid> monitors{};  ///< whom it watches, once for each monitor
  std::vector<snow::pid> monitored_by{};
  std::vector<snow::pid> ancestors{};  ///< who spawned it with a link, and so on: nearest first, 16 at most
  std::size_t memory = 0;              ///< bytes of its slot and of its mail; frames do not tell their size
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

namespace detail {

/// On its own worker.
inline actor_info all_of(const cell& c, time_point now) {
  actor_info a = info_of(c, now);
  a.memory = sizeof c;
  for (envelope const* e = c.first; e; e = e->next) a.memory += e->block;
  if (!c.attached) return a;
  attachments const& has = *c.attached;
  a.names = has.names;
  if (has.links)
    has.links->each([&](const pid& other, const link_table::end& e) {
      if (e.unlinking == 0) a.links.push_back(other);
    });
  for (auto const& [number, target] : has.watching) a.monitors.push_back(target);
  for (auto const& k : has.watchers) a.monitored_by.push_back(k.watcher);
  if (has.ancestors) a.ancestors = *has.ancestors;
  return a;
}

}  // namespace detail

/// `co_await self.info(pid)`: what an actor of this node is and has, as `process_info`. It is asked and
/// answers between two messages, whatever it waits for. Throws `no_process`, `bad_arguments` for one of
/// another node, `timed_out` where it does not come to an end with what it does.
class [[nodiscard]] info_operation : public detail::answer_operation<info_operation, actor_info> {
 public:
  info_operation(cell& c, const pid& of) noexcept : answer_operation{c}, of_{of} {}

 private:
  friend answer_operation;
  errc submit(std::string& details) {
    if (of_ && of_.node != this_node) {
      details = "it is an actor of another node: ask there";
      return errc::bad_arguments;
    }
    environment& env = environment::current();
    reply_path const back{cell_->id(), number, 0};
    auto* const e = env.make<letter<reply_path>>(signal_kind::inspect, payload_type_of<reply_path>, back);
    return give(env, of_, *e) ? errc::normal : errc::no_process;
  }
  void give_up() const noexcept {}
  static std::string subject() { return "info"; }

  pid of_;
};

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
