#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "snow/cluster/embedded_store.hpp"
#include "snow/node.hpp"
#include "snow/wire/limits.hpp"

namespace snow::detail {

/// Who asks is known from the session that it asks by; only the node that a lease was granted to can renew or
/// revoke it, or put under it.
class store_server {
 public:
  static constexpr std::size_t most_of_node = 65'536;  ///< leases, keys and watches, each
  static constexpr std::size_t longest_value = 4096;

  store_server(context& self, const store_options& o)
      : self_{self},
        longest_{o.longest},
        ready_{o.first_start ? self.now() : self.now() + o.longest},
        revision_{o.first_revision} {}

  void on_grant(const store_grant& g, reply_to<std::uint64_t>& answer);
  void on_renew(const store_renew& r, reply_to<bool>& answer);
  void on_revoke(const store_revoke& r, reply_to<void>& answer);
  void on_put(const store_put& p, reply_to<std::optional<std::uint64_t>>& answer);
  std::optional<store_entry> on_get(const store_get& g) {
    expire();
    return find(g.key);
  }
  void on_watch(const store_watch& w, reply_to<void>& answer);
  void on_down(const pid& who);
  /// Takes away what has run out, and says how long nothing will.
  duration expire();

 private:
  struct lease {
    node_id owner = no_node;
    duration ttl{};
    time_point until{};
    std::set<std::string> keys;
  };
  struct record {
    store_entry entry;
    std::uint64_t lease = 0;
  };
  struct watcher {
    monitor_ref monitor;
    std::set<std::string> keys;
  };
  struct use {
    std::size_t leases = 0, keys = 0, watches = 0;
  };
  using leases = std::map<std::uint64_t, lease>;

  lease* lease_of(std::uint64_t number, const pid& asker);
  void end(leases::iterator l);
  std::optional<store_entry> find(const std::string& key) const {
    auto const it = records_.find(key);
    return it == records_.end() ? std::nullopt : std::optional{it->second.entry};
  }
  void tell(const std::string& key);

  context& self_;
  duration const longest_;
  time_point const ready_;
  std::uint64_t revision_;
  leases leases_;
  std::set<std::pair<time_point, std::uint64_t>> ends_;
  std::map<std::string, record> records_;
  std::map<std::string, std::set<pid>> watched_;
  std::map<pid, watcher> watchers_;
  std::map<node_id, use> uses_;
};

inline void store_server::on_grant(const store_grant& g, reply_to<std::uint64_t>& answer) {
  expire();
  node_id const owner = answer.asker().node;
  if (g.ttl <= duration{} || g.ttl > longest_)
    return answer.fail(errc::bad_arguments,
                       "a lease is longer than nothing, and not longer than the store's");
  if (self_.now() < ready_)
    return answer.fail(errc::overloaded, "the store has just started, and waits for the leases of before");
  if (owner == no_node) return;
  if (uses_[owner].leases >= most_of_node)
    return answer.fail(errc::overloaded, "that node has too many leases");
  ++uses_[owner].leases;
  // Unlike any that a former start granted, and none that another node could guess.
  std::uint64_t const number = environment::current().router ? environment::current().router->new_token()
                                                             : worker::current()->new_request();
  time_point const until = self_.now() + g.ttl;
  leases_[number] = {owner, g.ttl, until, {}};
  ends_.emplace(until, number);
  answer(number);
}

inline store_server::lease* store_server::lease_of(std::uint64_t number, const pid& asker) {
  auto const it = leases_.find(number);
  return it != leases_.end() && it->second.owner == asker.node ? &it->second : nullptr;
}

inline void store_server::on_renew(const store_renew& r, reply_to<bool>& answer) {
  expire();
  lease* const l = lease_of(r.lease, answer.asker());
  if (l) {
    ends_.erase({l->until, r.lease});
    l->until = self_.now() + l->ttl;
    ends_.emplace(l->until, r.lease);
  }
  answer(l != nullptr);
}

inline void store_server::on_revoke(const store_revoke& r, reply_to<void>& answer) {
  expire();
  if (lease_of(r.lease, answer.asker())) end(leases_.find(r.lease));
  answer();
}

inline void store_server::on_put(const store_put& p, reply_to<std::optional<std::uint64_t>>& answer) {
  expire();
  lease* const l = lease_of(p.lease, answer.asker());
  if (!l) return answer.fail(errc::not_allowed, "that lease has run out");
  if (p.key.size() > wire::longest_name || p.value.size() > longest_value)
    return answer.fail(errc::bad_arguments, "a key has 255 bytes at most, and a value 4096");
  if (records_.contains(p.key)) return answer(std::nullopt);
  use& u = uses_[l->owner];
  if (u.keys >= most_of_node) return answer.fail(errc::overloaded, "that node has too many keys");
  ++u.keys;
  l->keys.insert(p.key);
  bytes const value = bytes::copy_of(p.value.span());  // not the buffer that it came in
  records_[p.key] = {{value, ++revision_}, p.lease};
  answer(revision_);
  tell(p.key);
}

inline void store_server::on_watch(const store_watch& w, reply_to<void>& answer) {
  pid const who = answer.asker();
  if (!who) return;
  if (w.key.size() > wire::longest_name)
    return answer.fail(errc::bad_arguments, "a key has 255 bytes at most");
  use& u = uses_[who.node];
  if (u.watches >= most_of_node) return answer.fail(errc::overloaded, "that node has too many watches");
  auto const [it, fresh] = watchers_.try_emplace(who);
  if (fresh) it->second.monitor = self_.monitor(who);
  if (it->second.keys.insert(w.key).second) ++u.watches;
  watched_[w.key].insert(who);
  answer();
}

inline void store_server::on_down(const pid& who) {
  auto const it = watchers_.find(who);
  if (it == watchers_.end()) return;
  for (auto const& key : it->second.keys) {
    auto const w = watched_.find(key);
    w->second.erase(who);
    if (w->second.empty()) watched_.erase(w);
  }
  uses_[who.node].watches -= it->second.keys.size();
  watchers_.erase(it);
}

inline void store_server::tell(const std::string& key) {
  auto const it = watched_.find(key);
  if (it == watched_.end()) return;
  auto const entry = find(key);
  for (auto const& who : it->second) self_.send<store_changed>(who, key, entry);
}

inline void store_server::end(leases::iterator l) {
  ends_.erase({l->second.until, l->first});
  lease const ended = std::move(l->second);
  leases_.erase(l);
  use& u = uses_[ended.owner];
  --u.leases;
  u.keys -= ended.keys.size();
  for (auto const& key : ended.keys) {
    records_.erase(key);
    tell(key);
  }
}

inline duration store_server::expire() {
  time_point const now = self_.now();
  while (!ends_.empty() && ends_.begin()->first <= now) end(leases_.find(ends_.begin()->second));
  std::erase_if(uses_,
                [](auto& u) { return u.second.leases == 0 && u.second.keys == 0 && u.second.watches == 0; });
  return ends_.empty() ? longest_ : ends_.begin()->first - now;
}

inline actor serve_store(context& self, store_options options) {
  store_server store{self, options};
  for (;;) {
    duration const next = store.expire();
    co_await self.receive(
        [&](const store_grant& g, reply_to<std::uint64_t> answer) { store.on_grant(g, answer); },
        [&](const store_renew& r, reply_to<bool> answer) { store.on_renew(r, answer); },
        [&](const store_revoke& r, reply_to<void> answer) { store.on_revoke(r, answer); },
        [&](const store_put& p, reply_to<std::optional<std::uint64_t>> answer) { store.on_put(p, answer); },
        [&](const store_get& g) { return store.on_get(g); },
        [&](const store_watch& w, reply_to<void> answer) { store.on_watch(w, answer); },
        [&](const down& d) { store.on_down(d.pid); }, [](message) {}, after(next, [] {}));
  }
}

}  // namespace snow::detail
