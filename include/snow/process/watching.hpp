#pragma once

#include "snow/process/attachments.hpp"
#include "snow/process/message.hpp"
#include "snow/process/signals.hpp"

namespace snow::detail {

inline monitor_ref start_watching(cell& me, const pid& target) {
  environment& env = environment::current();
  std::uint64_t const number = worker::current()->new_request();
  attached(me).watching.emplace(number, target);
  if (target.node == this_node) {
    signal_monitor(env, {me.id(), number, target});
  } else if (target && env.router) {
    env.router->monitor(me.id(), number, target);
  } else {
    give_down(env, {me.id(), number, target}, target ? errc::no_connection : errc::no_process);
  }
  return {number, target};
}

/// Also takes back a `down` that lies in the mailbox already. O(mail).
inline void stop_watching_now(cell& me, const monitor_ref& m) {
  if (!me.attached || me.attached->watching.erase(m.number) == 0) {
    envelope* before = nullptr;
    for (envelope* e = me.first; e; before = e, e = e->next)
      if (e->type == &message_type_of<down> && static_cast<letter<down>*>(e)->value.monitor == m) {
        me.unlink(before, *e);
        dispose(e);
        return;
      }
    return;
  }
  stop_watching(environment::current(), {me.id(), m.number, m.pid});
}

}  // namespace snow::detail
