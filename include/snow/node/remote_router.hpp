#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "snow/node/link.hpp"
#include "snow/node/name_table.hpp"
#include "snow/node/tokens.hpp"
#include "snow/process/mail.hpp"
#include "snow/process/remote_start.hpp"
#include "snow/process/signals.hpp"

namespace snow {

/// How signals of this node's actors reach other nodes, and what comes of those that wait for an answer: each
/// gets exactly one (S-16, S-22, S-68), from whoever takes its entry out of the link's `pending_table`.
class remote_router : public router {
 public:
  /// Once the node has its workers.
  remote_router(environment& env, name_table& names, random& from)
      : env_{env}, names_{names}, tokens_{env.size(), from} {}

  snow::routes& routes() noexcept { return routes_; }

  // ---- router
  node_names& names() noexcept override { return names_; }
  std::uint64_t new_token() override { return tokens_.next(); }
  routing send(const pid& from, const pid& to, const outgoing& value, const question* q) override {
    return send_by(from, routes_.find(to.node), to.node, to, value, q);
  }
  routing send(const pid& from, const named& to, const outgoing& value, const question* q) override {
    auto const way = routes_.find(to.node());
    return send_by(from, way, way ? way->id() : no_node, std::string_view{to.name()}, value, q);
  }
  void reply(const pid& from, const reply_path& to, const answer& a) override;
  void forget(const pid& asker, node_id asked, std::uint64_t request) noexcept override;
  void monitor(const pid& watcher, std::uint64_t number, const pid& target) override;
  void demonitor(const pid& watcher, std::uint64_t number, const pid& target) override;
  void down(const pid& watcher, std::uint64_t number, const pid& target, const reason& why) override;
  void exit(const pid& from, const pid& to, const reason& why, bool by_force) override;
  errc tie(const pid& own, const pid& other, std::uint64_t& connection) override;
  void untie(const link_end& e, std::uint64_t id) override;
  void untied(const link_end& e, std::uint64_t id) override;
  void accept(const link_end& e, bool holds) override;
  void refuse(const link_end& e, const reason& why) override;
  void let_go(const link_end& e) override;
  void broken(const link_end& e, const reason& why) override;
  void await_path(const pid& waiting, std::uint64_t number, node_id to, bool windows) override;

  // ---- remote spawn and call
  errc start(const std::shared_ptr<link>& way, const remote_requests::request& r, const remote_start& what,
             std::string& details);
  void abandon(const pid& asker, node_id where, std::uint64_t number);

 protected:
  template <class To>
  routing send_by(const pid& from, const std::shared_ptr<link>& way, node_id where, const To& to,
                  const outgoing& value, const question* q);

  void tell_path_is_gone(const pid& waiting, std::uint64_t number) {
    give_reply<failed_reply>(env_, {waiting, number, 0}, errc::no_connection,
                             std::string{"the connection has ended"});
  }

  environment& env_;
  name_table& names_;
  tokens tokens_;
  snow::routes routes_;
};

template <class To>
routing remote_router::send_by(const pid& from, const std::shared_ptr<link>& way, node_id where, const To& to,
                               const outgoing& value, const question* q) {
  if (!way) return {routed::no_connection, where};
  if (q) {
    switch (way->pending.add(q->request, {from, q->token, request_kind::ask})) {
      case pending_table::added::yes:
        break;
      case pending_table::added::closed:
        return {routed::no_connection, where};
      case pending_table::added::full:
        return {routed::overloaded, where};
    }
  }
  pushed const result = way->send(from, to, value, q);
  // Whoever takes the entry answers: if the session's end was faster, the answer is in the mailbox.
  bool const gone_out = result == pushed::sent || result == pushed::waits || result == pushed::congested;
  bool const ours = !q || gone_out || way->pending.take(q->request);
  if (!ours) return {routed::sent, where};
  switch (result) {
    case pushed::sent:
      return {routed::sent, where};
    case pushed::waits:
      return {routed::waits, where};
    case pushed::congested:
      return {routed::congested, where};
    case pushed::closed:
      return {routed::no_connection, where};
    case pushed::too_large:
      return {routed::not_serializable, where};
  }
  return {routed::no_connection, where};
}

inline void remote_router::reply(const pid& from, const reply_path& to, const answer& a) {
  auto const way = routes_.find(to.asker.node);
  if (way) way->pending.take_call(to.request);
  if (way && way->reply(from, to, a) == pushed::too_large)
    way->reply(from, to, {.status = errc::not_serializable, .details = "the answer does not fit the limits"});
}

inline void remote_router::forget(const pid&, node_id asked, std::uint64_t request) noexcept {
  if (auto const way = routes_.find(asked)) way->pending.take(request);
}

inline void remote_router::monitor(const pid& watcher, std::uint64_t number, const pid& target) {
  watch const w{watcher, number, target};
  auto const way = routes_.find(target.node);
  errc why = errc::no_connection;
  if (way) {
    switch (way->pending.add_outgoing(number, w)) {
      case pending_table::added::yes:
        if (way->monitor(w) != pushed::closed || !way->pending.take_outgoing(number)) return;
        break;
      case pending_table::added::closed:
        break;
      case pending_table::added::full:
        why = errc::overloaded;
        break;
    }
  }
  give_down(env_, w, why);
}

inline void remote_router::demonitor(const pid& watcher, std::uint64_t number, const pid& target) {
  auto const way = routes_.find(target.node);
  if (way && way->pending.take_outgoing(number)) way->demonitor({watcher, number, target});
}

inline void remote_router::down(const pid& watcher, std::uint64_t number, const pid& target,
                                const reason& why) {
  watch const w{watcher, number, target};
  auto const way = routes_.find(watcher.node);
  if (way && way->pending.take_incoming(w)) way->down(w, why);
}

inline void remote_router::exit(const pid& from, const pid& to, const reason& why, bool by_force) {
  if (auto const way = routes_.find(to.node)) way->exit(from, to, why, by_force);
}

inline errc remote_router::tie(const pid& own, const pid& other, std::uint64_t& connection) {
  auto const way = routes_.find_or_last(other.node, connection);
  if (!way) return errc::no_connection;
  connection = way->number();
  switch (way->pairs.add(own, other)) {
    case linked_pairs::added::yes:
      break;
    case linked_pairs::added::closed:
      return errc::no_connection;
    case linked_pairs::added::full:
    case linked_pairs::added::beyond:
      --connection;
      return errc::overloaded;
  }
  // If LINK cannot go, the session ends, and its end breaks the link.
  way->tie(own, other);
  return errc::normal;
}

inline void remote_router::untie(const link_end& e, std::uint64_t id) {
  if (auto const way = routes_.find(e.other.node, e.connection)) way->untie(e.own, e.other, id);
}

inline void remote_router::untied(const link_end& e, std::uint64_t id) {
  auto const way = routes_.find(e.other.node, e.connection);
  if (!way) return;
  way->pairs.unlink_taken();
  way->untied(e.own, e.other, id);
}

inline void remote_router::accept(const link_end& e, bool holds) {
  if (auto const way = routes_.find(e.other.node, e.connection)) way->pairs.link_taken(e.own, e.other, holds);
}

inline void remote_router::refuse(const link_end& e, const reason& why) {
  auto const way = routes_.find(e.other.node, e.connection);
  if (!way) return;
  way->pairs.link_taken(e.own, e.other, false);
  way->broken(e.own, e.other, why);
}

inline void remote_router::let_go(const link_end& e) {
  if (auto const way = routes_.find(e.other.node, e.connection)) way->pairs.remove(e.own, e.other);
}

inline void remote_router::broken(const link_end& e, const reason& why) {
  auto const way = routes_.find(e.other.node, e.connection);
  if (!way) return;
  way->pairs.remove(e.own, e.other);
  way->broken(e.own, e.other, why);
}

inline void remote_router::await_path(const pid& waiting, std::uint64_t number, node_id to, bool windows) {
  if (auto const way = routes_.find(to)) {
    way->when_clear(windows ? waiting : pid{}, [this, waiting, number, to] {
      if (routes_.find(to))
        signal_completion(env_, waiting, number);
      else
        tell_path_is_gone(waiting, number);
    });
  } else {
    tell_path_is_gone(waiting, number);
  }
}

inline errc remote_router::start(const std::shared_ptr<link>& way, const remote_requests::request& r,
                                 const remote_start& what, std::string& details) {
  if (what.function.empty() || what.function.size() > wire::longest_name) {
    details = "a function's name has 1 to 255 bytes";
    return errc::function_not_found;
  }
  switch (way->pending.add(r.number, {r.asker, r.token, r.kind, r.watched, r.linked})) {
    case pending_table::added::yes:
      break;
    case pending_table::added::closed:
      return errc::no_connection;
    case pending_table::added::full:
      details = "too many requests to that node are pending";
      return errc::overloaded;
  }
  switch (way->start(r, what)) {
    case pushed::sent:
    case pushed::waits:
    case pushed::congested:
      return errc::normal;
    case pushed::closed:
      return way->pending.take(r.number) ? errc::no_connection : errc::normal;
    case pushed::too_large:
      way->pending.take(r.number);
      details = "the arguments do not fit the limits";
      return errc::not_serializable;
  }
  return errc::no_connection;
}

inline void remote_router::abandon(const pid& asker, node_id where, std::uint64_t number) {
  auto const way = routes_.find(where);
  if (!way) return;
  bool const known = way->pending.update(number, [](pending_request& r) {
    r.abandoned = true;
    return !r.child;  // a call that runs is ended by the ABANDON; until the reply to a spawn its child is
                      // unknown
  });
  if (known) way->abandon(asker, number);
}

}  // namespace snow
