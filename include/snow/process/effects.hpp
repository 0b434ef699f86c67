#pragma once

#include <cstdint>
#include <utility>

#include "snow/base/config.hpp"
#include "snow/process/info.hpp"
#include "snow/process/linking.hpp"
#include "snow/process/mail.hpp"

namespace snow::detail {

/// What one signal does to its actor.
enum class effect : std::uint8_t { nothing, go_on, end };

inline effect on_message(cell& c, envelope& e, bool goes_on) {
  if (c.waiting && !goes_on)
    return c.waiting->does->offer(*c.waiting, c, e) ? effect::go_on : effect::nothing;
  c.append(e);
  return effect::nothing;
}

inline bool is_at_rest(const cell& c) noexcept {
  return !c.started || (c.waiting && c.waiting->does->at_rest(c));
}

inline effect on_exit(cell& c, envelope& e, bool goes_on) {
  exit_order order = std::move(static_cast<letter<exit_order>&>(e).value);
  dispose(&e);
  if (order.link && !breaks_link(c, order)) return effect::nothing;
  bool const must_end = order.kill || order.forced;
  if (c.traps_exits && !must_end) {
    auto* const told = make_envelope<letter<exit_signal>>(worker::current()->memory(), signal_kind::message,
                                                          message_type_of<exit_signal>,
                                                          exit_signal{order.from, std::move(order.why)});
    if (order.link) told->kind = signal_kind::exit;  // known by that to `unlink`, which takes it back
    return on_message(c, *told, goes_on);
  }
  // As in Erlang: `normal` from another process is ignored.
  if (!must_end && order.why == errc::normal && order.from != c.id()) return effect::nothing;
  if (order.at_rest && (goes_on || !is_at_rest(c))) {
    c.stopping = true;
    return effect::nothing;
  }
  attached(c).why = order.kill ? reason{errc::killed} : std::move(order.why);
  return effect::end;
}

inline effect on_number(cell& c, envelope& e, bool goes_on) {
  std::uint64_t const number = static_cast<numbered&>(e).number;
  if (c.held && number == c.attached->pace_number) {
    attachments& a = *c.attached;
    if (!a.patience.is(e)) {
      a.patience.cancel();
      dispose(&e);
    }
    a.pace_number = 0;
    c.paced = c.held = false;
    return effect::go_on;
  }
  if (c.waiting && !goes_on)
    return c.waiting->does->complete(*c.waiting, c, e) ? effect::go_on : effect::nothing;
  dispose(&e);
  return effect::nothing;
}

/// What is no message, answer or completion. Apart: with it, what is hot would not be compiled into one
/// piece.
[[gnu::noinline]] inline effect on_signal(cell& c, envelope& e, bool goes_on) {
  switch (e.kind) {
    case signal_kind::exit:
      return on_exit(c, e, goes_on);
    case signal_kind::monitor: {
      auto const& w = static_cast<letter<watch>&>(e).value;
      attached(c).watchers.insert({w.monitor, w.watcher});
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::demonitor: {
      auto const& w = static_cast<letter<watch>&>(e).value;
      if (c.attached) c.attached->watchers.erase({w.monitor, w.watcher});
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::link:
      take_link(c, static_cast<letter<link_signal>&>(e).value);
      dispose(&e);
      return effect::nothing;
    case signal_kind::unlink:
      take_unlink(c, static_cast<letter<link_signal>&>(e).value);
      dispose(&e);
      return effect::nothing;
    case signal_kind::unlink_ack:
      take_unlink_ack(c, static_cast<letter<link_signal>&>(e).value);
      dispose(&e);
      return effect::nothing;
    case signal_kind::inspect: {
      environment& env = environment::current();
      give_reply<value_reply<actor_info>>(env, static_cast<letter<reply_path>&>(e).value,
                                          all_of(c, env.clock().now()));
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::room: {
      auto const& r = static_cast<letter<room_request>&>(e).value;
      if (!c.attached || c.room.load(std::memory_order_relaxed) >= c.attached->limit / 2) {
        signal_completion(environment::current(), r.sender, r.number);
      } else {
        c.attached->waiting_for_room.emplace(r.number, r.sender);
      }
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::down: {
      // Only of a monitor that is still there, and once (S-22, S-23).
      auto const& d = static_cast<letter<down>&>(e).value;
      if (!c.attached || c.attached->watching.erase(d.monitor.number) == 0)
        return dispose(&e), effect::nothing;
      e.kind = signal_kind::message;
      e.type = &message_type_of<down>;
      return on_message(c, e, goes_on);
    }
    case signal_kind::message:
    case signal_kind::reply:
    case signal_kind::completion:
      break;
  }
  return effect::nothing;
}

inline effect handle(cell& c, envelope& e, bool goes_on) {
  if (e.generation != c.generation.load(std::memory_order_relaxed)) {
    give_room(c, e);  // its sender may have taken this actor's
    discard(environment::current(), e);
    return effect::nothing;
  }
  if (e.kind == signal_kind::message) return on_message(c, e, goes_on);
  switch (e.kind) {
    case signal_kind::reply:
    case signal_kind::completion:
      return on_number(c, e, goes_on);
    default:
      return on_signal(c, e, goes_on);
  }
}

}  // namespace snow::detail
