#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "snow/process/attachments.hpp"
#include "snow/process/message.hpp"
#include "snow/process/signals.hpp"

// What becomes of an actor's links: the rules are `link_table`'s, the signals go to a mailbox of this node or
// by the router.

namespace snow::detail {

inline link_table& links_of(cell& c) {
  auto& links = attached(c).links;
  if (!links) links = std::make_unique<link_table>();
  return *links;
}

/// The receiver's link has broken: an EXIT of its other end.
inline void signal_broken(environment& env, const link_end& receivers, reason why) {
  signal_exit(
      env, receivers.own,
      {.from = receivers.other, .why = std::move(why), .link = true, .connection = receivers.connection});
}
inline link_end receiver_of(const link_signal& s) noexcept {
  return {s.to, s.from, s.connection};
}

/// A LINK that there is nobody, or no room, to take.
inline void refuse_link(environment& env, const link_signal& s, errc why) {
  if (s.connection == 0)
    signal_broken(env, {s.from, s.to, 0}, why);
  else if (env.router)
    env.router->refuse(receiver_of(s), why);
}
/// The answer to each UNLINK, in the order of its receiver's signals.
inline void acknowledge_unlink(environment& env, const link_signal& s) {
  if (s.connection == 0)
    give(env, s.from,
         *env.make<letter<link_signal>>(signal_kind::unlink_ack, payload_type_of<link_signal>,
                                        link_signal{.from = s.to, .to = s.from, .id = s.id}));
  else if (env.router)
    env.router->untied(receiver_of(s), s.id);
}

/// Gives it to its receiver, of this node; where that is gone, answers in its place.
inline bool signal_link(environment& env, signal_kind kind, const link_signal& s) {
  if (give(env, s.to, *env.make<letter<link_signal>>(kind, payload_type_of<link_signal>, s))) return true;
  if (kind == signal_kind::link) refuse_link(env, s, errc::no_process);
  if (kind == signal_kind::unlink) acknowledge_unlink(env, s);
  return false;
}

// ---- what an actor does

inline void link_now(cell& me, const pid& other) {
  if (other == me.id()) return;
  environment& env = environment::current();
  link_table& links = links_of(me);
  if (links.is_active(other)) return;
  std::uint64_t connection = 0;
  if (other.node == this_node) {
    links.link(other, connection);
    signal_link(env, signal_kind::link, {.from = me.id(), .to = other});
    return;
  }
  errc const why = !other       ? errc::no_process
                   : env.router ? env.router->tie(me.id(), other, connection)
                                : errc::no_connection;
  links.link(other, connection);
  if (why != errc::normal) signal_broken(env, {me.id(), other, connection}, why);
}

/// Of a link with that process that has broken.
inline void take_back_exit_signal(cell& me, const pid& other) {
  envelope* before = nullptr;
  for (envelope* e = me.first; e;) {
    envelope* const next = e->next;
    if (e->kind == signal_kind::exit && static_cast<letter<exit_signal>*>(e)->value.pid == other) {
      me.unlink(before, *e);
      dispose(e);
    } else {
      before = e;
    }
    e = next;
  }
}

/// Also takes back an `exit_signal` of that link that lies in the mailbox already. O(mail).
inline void unlink_now(cell& me, const pid& other) {
  take_back_exit_signal(me, other);
  if (!me.attached || !me.attached->links || !me.attached->links->is_active(other)) return;
  link_table& links = *me.attached->links;
  environment& env = environment::current();
  std::uint64_t const id = worker::current()->new_request();
  std::uint64_t const connection = links.find(other)->connection;
  // Also when nobody is there to hear it: what it said before is still on its way. Then the answer comes from
  // here, or the end of the connection is the answer.
  links.unlink(other, id);
  if (other.node == this_node)
    signal_link(env, signal_kind::unlink, {.from = me.id(), .to = other, .id = id});
  else if (other && env.router)
    env.router->untie({me.id(), other, connection}, id);
}

// ---- what comes to one

/// A link that ended over there; where that hangs on a connection, that is to know.
inline void let_go(const link_end& e) {
  if (e.connection != 0) environment::current().router->let_go(e);
}

/// LINK, or the reply to a linked spawn.
inline void take_link(cell& c, const link_signal& s) {
  link_table& links = links_of(c);
  if (s.beyond_limit && !links.find(s.from)) return refuse_link(environment::current(), s, errc::overloaded);
  bool const holds = links.on_link(s.from, s.connection);
  if (s.connection != 0) environment::current().router->accept(receiver_of(s), holds);
}
inline void take_unlink(cell& c, const link_signal& s) {
  if (c.attached && c.attached->links && c.attached->links->on_unlink(s.from, s.connection))
    let_go(receiver_of(s));
  acknowledge_unlink(environment::current(), s);
}
inline void take_unlink_ack(cell& c, const link_signal& s) {
  if (c.attached && c.attached->links && c.attached->links->on_unlink_ack(s.from, s.connection, s.id))
    let_go(receiver_of(s));
}
/// Whether the EXIT of a link acts.
inline bool breaks_link(cell& c, const exit_order& o) {
  if (!c.attached || !c.attached->links) return false;
  auto const what = c.attached->links->on_exit(o.from, o.connection);
  if (what != link_table::broken::none) let_go({c.id(), o.from, o.connection});
  return what == link_table::broken::active;
}

/// The actor `me` has ended.
inline void break_links(environment& env, const pid& me, const link_table& links, const reason& why) {
  links.each([&](const pid& other, const link_table::end& e) {
    bool const active = e.unlinking == 0;
    if (other.node == this_node) {
      if (active) signal_broken(env, {other, me, 0}, why);
    } else if (e.connection != 0) {
      if (active)
        env.router->broken({me, other, e.connection}, why);
      else
        env.router->let_go({me, other, e.connection});
    }
  });
}

}  // namespace snow::detail
