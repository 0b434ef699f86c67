#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"
#include "snow/process/environment.hpp"
#include "snow/process/reply_path.hpp"
#include "snow/runtime/envelope.hpp"

namespace snow {

/// A number by which a monitor is known to the actor that made it.
struct monitor_ref {
  std::uint64_t number = 0;
  snow::pid pid;
  friend bool operator==(const monitor_ref&, const monitor_ref&) = default;
};

/// What a monitor's owner receives, once: the watched process has ended, or is out of reach.
struct down {
  monitor_ref monitor;
  snow::pid pid;
  snow::reason reason;
};

/// What an actor that traps exits receives instead of ending.
struct exit_signal {
  snow::pid pid;
  snow::reason reason;
};
// ---- the payloads of signals

struct exit_order {
  pid from;
  reason why;
  bool kill = false;             ///< cannot be trapped; the actor ends as `killed`
  bool forced = false;           ///< the node ends it: cannot be trapped, the reason stays
  bool at_rest = false;          ///< of a forced one: once what it has begun is done (S-32)
  bool link = false;             ///< a link has broken: nothing, unless that link is active
  std::uint64_t connection = 0;  ///< of a link's
};

/// What one end of a link says to the other.
struct link_signal {
  pid from;
  pid to;
  std::uint64_t connection = 0;  ///< by which it came; 0: from this node
  std::uint64_t id = 0;          ///< of the unlinking
  bool beyond_limit = false;     ///< of a LINK: its connection has as many links as it may
};

struct watch {
  pid watcher;
  std::uint64_t monitor = 0;
  pid target;
};

/// A sender that a full mailbox holds.
struct room_request {
  pid sender;
  std::uint64_t number = 0;
};

/// Why an ask, a spawn or a call has no value; the base of those that have one.
struct reply : numbered {
  enum class form : std::uint8_t { failure, value, encoded };
  form is = form::failure;
  errc status = errc::normal;
  std::uint64_t token = 0;  ///< of a reply that came from another node
  bool from_outside = false;
};

struct failed_reply : reply {
  std::string details;
  failed_reply(errc why, std::string text) : details{std::move(text)} { status = why; }
};

template <class R>
struct value_reply : reply {
  R value;
  template <class... Args>
  explicit value_reply(Args&&... args) : value(std::forward<Args>(args)...) {
    is = form::value;
  }
};

/// A value that came from another node and was not looked into yet.
struct encoded_reply : reply {
  type_key key;
  bytes body;
  encoded_reply(type_key t, bytes b) : key{t}, body{std::move(b)} { is = form::encoded; }
};

template <class Envelope>
inline constexpr payload_type destroys{
    std::is_trivially_destructible_v<Envelope> ? nullptr : +[](envelope& e) noexcept {
      std::destroy_at(std::addressof(static_cast<Envelope&>(e)));
    }};

// ---- giving signals, from any thread

/// Delivers to the actor of that pid, of this node. False: it is gone, and the envelope was thrown away.
inline bool give(environment& env, const pid& to, envelope& e) {
  e.generation = to.generation;
  cell* const c = env.actors().find(to);
  if (c && env.deliver(*c, e)) return true;
  dispose(&e);
  return false;
}

/// Makes a reply of that kind and gives it to the asker, who may be gone.
template <class Reply, class... Args>
void give_reply(environment& env, const reply_path& path, Args&&... args) {
  auto* const r = env.make<Reply>(signal_kind::reply, destroys<Reply>, std::forward<Args>(args)...);
  r->number = path.request;
  r->token = path.token;
  give(env, path.asker, *r);
}

/// Ends the operation `number` that the actor waits in.
inline void signal_completion(environment& env, const pid& to, std::uint64_t number) {
  auto* const e = env.make<numbered>(signal_kind::completion, destroys<numbered>);
  e->number = number;
  give(env, to, *e);
}

inline bool signal_exit(environment& env, const pid& to, exit_order order) {
  return give(
      env, to,
      *env.make<letter<exit_order>>(signal_kind::exit, payload_type_of<exit_order>, std::move(order)));
}

/// Tells a watcher, wherever it is, that what it watches has ended.
inline void give_down(environment& env, const watch& w, const reason& why) {
  if (w.watcher.node == this_node) {
    give(env, w.watcher,
         *env.make<letter<down>>(signal_kind::down, payload_type_of<down>,
                                 down{{w.monitor, w.target}, w.target, why}));
  } else if (env.router) {
    env.router->down(w.watcher, w.monitor, w.target, why);
  }
}

/// A watcher, of this node or another, begins to watch an actor of this node; told `no_process` if it is
/// gone.
inline void signal_monitor(environment& env, const watch& w) {
  if (!give(env, w.target, *env.make<letter<watch>>(signal_kind::monitor, payload_type_of<watch>, w)))
    give_down(env, w, errc::no_process);
}
inline void signal_demonitor(environment& env, const watch& w) {
  give(env, w.target, *env.make<letter<watch>>(signal_kind::demonitor, payload_type_of<watch>, w));
}

/// The sender's operation completes when that mailbox has room. False: the actor is gone.
inline bool signal_room(environment& env, const pid& target, const room_request& r) {
  return give(env, target,
              *env.make<letter<room_request>>(signal_kind::room, payload_type_of<room_request>, r));
}

/// The watcher, of this node, watches no longer.
inline void stop_watching(environment& env, const watch& w) {
  if (w.target.node == this_node) {
    signal_demonitor(env, w);
  } else if (env.router) {
    env.router->demonitor(w.watcher, w.monitor, w.target);
  }
}

}  // namespace snow
