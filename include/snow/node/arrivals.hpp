#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "snow/node/remote_router.hpp"
#include "snow/registry.hpp"

namespace snow {

/// What the signals of another node do here. Called on the worker of their session, in their order. Every pid
/// comes as the node's own: whose node it names is known from the session, so no peer speaks for another
/// (S-54).
class arrivals {
 public:
  arrivals(environment& env, remote_router& router) : env_{env}, router_{router} {}

  struct message {
    pid from;
    type_key type;
    bytes body;
    window_room room;
    std::optional<question> asked;
  };
  void on_send(const pid& to, message m);
  void on_send(std::string_view to, message m) { on_send(env_.names.find(to), std::move(m)); }

  struct value {
    errc status = errc::normal;
    type_key type;
    bytes body;
    std::string_view details;
  };
  void on_reply(link& way, const reply_path& to, const value& v);

  struct spawn {
    pid caller;
    std::uint64_t request = 0;
    std::uint64_t token = 0;
    bool linked = false;
    bool watched = false;
    bool call = false;
    std::string_view function;
    std::uint64_t fingerprint = 0;
    bytes arguments;
  };
  /// False: a second call under the number of one that runs, and the session is to end.
  bool on_spawn(link& way, const spawn& s);
  void on_started(link& way, std::uint64_t request, const pid& child);
  void on_not_started(link& way, std::uint64_t request, errc why, std::string_view details);
  void on_abandon(link& way, std::uint64_t request);

  void on_monitor(link& way, const watch& w);
  void on_demonitor(link& way, const watch& w);
  void on_down(link& way, const watch& w, const reason& why);
  void on_exit(const pid& from, const pid& to, const reason& why, bool by_force) {
    signal_exit(env_, to, {from, why, by_force, false});
  }

  /// False: beyond what one peer may send to actors that take nothing; the session is to end.
  bool on_link(link& way, const pid& from, const pid& to);
  bool on_unlink(link& way, const pid& from, const pid& to, std::uint64_t id);
  void on_unlink_ack(link& way, const pid& from, const pid& to, std::uint64_t id);
  void on_broken(link& way, const pid& from, const pid& to, const reason& why) {
    detail::signal_broken(env_, {to, from, way.number()}, why);
  }

  /// The session has ended: everything that waited for it is told, once.
  void on_end(link& way, const reason& why);

 private:
  errc start(link& way, const spawn& s, std::string& details);
  template <class V>
  bool give_value(const pending_request& r, std::uint64_t number, const V& what) {
    auto* const made = env_.make<value_reply<V>>(signal_kind::reply, destroys<value_reply<V>>, what);
    made->number = number;
    return give(env_, r.asker, *made);
  }

  environment& env_;
  remote_router& router_;
};

inline void arrivals::on_send(const pid& to, message m) {
  auto const fill = [&](envelope& e) { detail::post(env_, to, e); };
  if (m.asked) {
    reply_path const back{m.from, m.asked->request, m.asked->token};
    fill(*env_.make<request_letter<raw_message>>(signal_kind::message, raw_type, back, m.type,
                                                 std::move(m.body), std::move(m.room), m.asked->result));
  } else {
    fill(*env_.make<letter<raw_message>>(signal_kind::message, raw_type, m.type, std::move(m.body),
                                         std::move(m.room)));
  }
}

inline void arrivals::on_reply(link& way, const reply_path& to, const value& v) {
  // It may come in another session than its question went out in: a `reply_to` travels (S-52).
  if (!way.pending.answered(to.request, to.token))
    for (auto const& other : router_.routes().all())
      if (other.get() != &way && other->pending.answered(to.request, to.token)) break;
  reply* r;
  // Without a type it is no value: the callee has ended normally, and not answered.
  if (v.status == errc::normal && v.type != type_key{}) {
    r = env_.make<encoded_reply>(signal_kind::reply, destroys<encoded_reply>, v.type, v.body);
  } else {
    r = env_.make<failed_reply>(signal_kind::reply, destroys<failed_reply>, v.status, std::string{v.details});
  }
  r->number = to.request;
  r->token = to.token;
  r->from_outside = true;
  give(env_, to.asker, *r);
}

inline bool arrivals::on_spawn(link& way, const spawn& s) {
  if (s.call && way.pending.runs_call(s.request)) return false;
  std::string details;
  if (errc const why = start(way, s, details); why != errc::normal) way.not_started(s.request, why, details);
  return true;
}

inline errc arrivals::start(link& way, const spawn& s, std::string& details) {
  auto const refuse = [&](errc why, std::string text) {
    details = std::move(text);
    return why;
  };
  if (!way.spawns.take(worker::current()->turn_time()))
    return refuse(errc::overloaded, env_.node_name + " starts no more than it does in this second");
  if ((s.call && !way.pending.takes_call()) || (s.watched && !way.pending.takes_incoming()) ||
      (s.linked && !way.pairs.takes_more()))
    return refuse(errc::overloaded, env_.node_name + " runs or is watched as much as it may for this peer");
  if (!env_.may_start(s.function))
    return refuse(errc::not_allowed, env_.node_name + " lets no other node start " + std::string{s.function});
  function_ref const f = find_function(s.function);
  if (!f)
    return refuse(errc::function_not_found,
                  std::string{s.function} + " is not registered on " + env_.node_name);
  // A caller that knows no more than the name knows no result either.
  bool const by_name = !s.call && f.parameters() == s.fingerprint;
  if (f.fingerprint() != s.fingerprint && !by_name)
    return refuse(errc::signature_mismatch,
                  std::string{s.function} + " on " + env_.node_name + " is " + f.signature());
  pinned_function const code = f.pin();
  if (!code)
    return refuse(errc::function_not_found,
                  "the plugin with " + std::string{s.function} + " is being unloaded on " + env_.node_name);

  // What the new actor does first must come after the reply, so that goes out before it can run (S-17, S-18).
  struct announcement {
    link& way;
    const spawn& s;
  } told{way, s};
  launch_request r{env_, s.arguments};
  r.options.code = code.code;
  r.options.parent = s.caller;
  r.options.announce_to = &told;
  r.options.announce = [](void* to, const pid& child) {
    auto const& [via, what] = *static_cast<announcement*>(to);
    if (what.watched) via.pending.add_incoming({what.caller, what.request, child});
    if (what.linked) via.pairs.add(child, what.caller);
    if (what.call) via.pending.add_call(what.request, child);
    via.started(child, what.request, child);
  };
  if (s.linked) {
    r.options.linked_to = s.caller;
    r.options.connection = way.number();
  }
  if (s.watched) r.options.watcher = {s.caller, s.request, {}};
  if (s.call) r.call = {s.caller, s.request, s.token};
  code.start(r);
  return r.started ? errc::normal : refuse(r.status, std::move(r.details));
}

inline void arrivals::on_started(link& way, std::uint64_t request, const pid& child) {
  std::optional<pending_request> ended;
  bool abandoned = false;
  way.pending.update(request, [&](pending_request& r) {
    abandoned = r.abandoned;
    r.child = child;
    if (r.kind == request_kind::call && !r.abandoned) return true;
    ended = r;
    return false;
  });
  if (!ended) return;
  if (ended->linked) {
    if (abandoned) return (void)way.broken(ended->asker, child, errc::abandoned);
    link_signal const tied{
        .from = child,
        .to = ended->asker,
        .connection = way.number(),
        .beyond_limit = way.pairs.link_arrives(ended->asker, child) != linked_pairs::added::yes};
    auto* const made = env_.make<linked_reply>(signal_kind::reply, destroys<linked_reply>, child, tied);
    made->number = request;
    give(env_, ended->asker, *made);
    return;
  }
  if (!abandoned && ended->watched) {
    watch const w{ended->asker, request, child};
    if (way.pending.add_outgoing(request, w) != pending_table::added::yes)
      give_down(env_, w, errc::no_connection);
    abandoned = !give_value<monitored>(*ended, request, monitored{child, {request, child}});
  } else if (!abandoned) {
    give_value<pid>(*ended, request, child);
  }
  // Nobody waits for it any more: what would hang on the caller is undone (S-19, S-49).
  if (!abandoned || !ended->watched) return;
  way.pending.take_outgoing(request);
  way.demonitor({ended->asker, request, child});
}

inline void arrivals::on_not_started(link& way, std::uint64_t request, errc why, std::string_view details) {
  if (auto const r = way.pending.take(request))
    give_reply<failed_reply>(env_, {r->asker, request, 0}, why, std::string{details});
}

inline void arrivals::on_abandon(link& way, std::uint64_t request) {
  if (pid const child = way.pending.take_call(request))
    signal_exit(env_, child, {child, errc::abandoned, false, true});
}

inline void arrivals::on_monitor(link& way, const watch& w) {
  if (way.pending.add_incoming(w) == pending_table::added::full)
    way.down(w, errc::overloaded);
  else
    signal_monitor(env_, w);
}

inline void arrivals::on_demonitor(link& way, const watch& w) {
  if (way.pending.take_incoming(w)) signal_demonitor(env_, w);
}

inline void arrivals::on_down(link& way, const watch& w, const reason& why) {
  if (auto const known = way.pending.take_outgoing(w.monitor)) give_down(env_, *known, why);
}

inline bool arrivals::on_link(link& way, const pid& from, const pid& to) {
  auto const added = way.pairs.link_arrives(to, from);
  if (added == linked_pairs::added::beyond) return false;
  detail::signal_link(env_, signal_kind::link,
                      {.from = from,
                       .to = to,
                       .connection = way.number(),
                       .beyond_limit = added == linked_pairs::added::full});
  return true;
}

inline bool arrivals::on_unlink(link& way, const pid& from, const pid& to, std::uint64_t id) {
  if (way.pairs.unlink_arrives() == linked_pairs::added::beyond) return false;
  detail::signal_link(env_, signal_kind::unlink, {from, to, way.number(), id});
  return true;
}

inline void arrivals::on_unlink_ack(link& way, const pid& from, const pid& to, std::uint64_t id) {
  detail::signal_link(env_, signal_kind::unlink_ack, {from, to, way.number(), id});
}

inline void arrivals::on_end(link& way, const reason& why) {
  router_.routes().remove(way);
  auto const all = way.pending.close();
  std::string const details = "the connection to " + way.name() + " has ended: " + why.to_string();
  for (auto const& [number, r] : all.requests)
    if (!r.abandoned)
      give_reply<failed_reply>(env_, {r.asker, number, r.token}, errc::no_connection, details);
  for (auto const& w : all.outgoing) give_down(env_, w, errc::no_connection);
  for (auto const& w : all.incoming) signal_demonitor(env_, w);
  for (auto const& [own, other] : way.pairs.close())
    detail::signal_broken(env_, {own, other, way.number()}, errc::no_connection);
  for (auto const& child : all.callees) signal_exit(env_, child, {child, errc::abandoned, false, true});
}

}  // namespace snow
