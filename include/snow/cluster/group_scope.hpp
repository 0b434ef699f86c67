#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/cluster/group_messages.hpp"
#include "snow/cluster/group_view.hpp"
#include "snow/node.hpp"
#include "snow/process.hpp"
#include "snow/wire/limits.hpp"

namespace snow {

namespace detail {

inline std::string name_of_scope(std::string_view scope) {
  return std::string{"snow.groups."}.append(scope);
}

/// Asks the scope of another node to be told of its members, until it is known whether it will tell.
inline actor follow_group_scope(context& self, pid follower, std::string scope, std::string node,
                                std::uint64_t number, std::uint64_t key, duration pause) {
  constexpr duration rest = std::chrono::seconds{1};
  named const there{name_of_scope(scope), node};
  for (;; pause = rest) {
    if (pause != duration{}) co_await self.sleep_for(pause);
    auto asking = self.ask<group_follow>(there, follower, number, key);
    auto const told = co_await as_result(std::move(asking));
    if (told) co_return;
    if (told.error() != errc::timed_out && told.error() != errc::overloaded) break;
  }
  self.send<group_not_followed>(follower, node, number);
}

/// The groups of one scope, on one node. After OTP's pg (Maxim Fedorov): each scope tells all others of the
/// members on its own node, whole at first and then change by change, and forgets those of a node when it
/// loses it; nobody leads. Scopes find each other by their name, when their nodes are connected.
///
/// A message does not say whose it is. So who wants to be told asks, with a key that nobody else can guess;
/// what shows the key comes from the node that was asked, and speaks for members of that node only. An ask
/// does say whose it is.
class group_scope {
 public:
  static constexpr std::size_t most_joins = 65'536;  ///< of the members of one node
  static constexpr std::size_t most_followers =
      16;  ///< scopes of one node: others are gone and not told of yet

  group_scope(context& self, std::string scope) : self_{self}, scope_{std::move(scope)} {}
  group_scope(const group_scope&) = delete;
  group_scope& operator=(const group_scope&) = delete;
  ~group_scope() { view_->clear(); }

  std::shared_ptr<const group_view> view() const { return view_; }
  void begin() {
    self_.monitor_nodes();
    for (auto const& peer : self_.node().peers()) follow(peer.name());
  }

  void join(const group_join& j, reply_to<void>& answer);
  bool leave(const group_leave& l);
  group_view::groups monitor(const group_monitor& m) {
    if (!watchers_.contains(m.watcher)) watchers_.emplace(m.watcher, self_.monitor(m.watcher));
    return view_->all();
  }
  void demonitor(const group_demonitor& d) {
    if (auto const it = watchers_.extract(d.watcher)) self_.demonitor(it.mapped());
  }

  void on_follow(const group_follow& f, reply_to<void>& answer);
  void on_not_followed(const group_not_followed& n);
  void on_snapshot(const group_snapshot& s);
  void on_change(const group_change& c);
  void on_down(const pid& who);
  void on_node_up(const std::string& node) {
    if (!sources_.contains(node)) follow(node);
  }
  void on_node_down(const std::string& node) {
    if (auto const it = sources_.find(node); it != sources_.end()) {
      lose(it->second);
      sources_.erase(it);
    }
  }

 private:
  struct local_member {
    monitor_ref monitor;
    std::map<std::string, std::uint32_t, std::less<>> joins;  // by group
  };
  /// Who is told of this node's members.
  struct follower {
    std::uint64_t number = 0;
    std::uint64_t key = 0;
    monitor_ref monitor;
  };
  /// Who tells of another node's.
  struct source {
    std::uint64_t number = 0;
    std::uint64_t key = 0;  // 0: it is not believed any more
    pid scope;              // null: it has not told anything yet
    monitor_ref monitor;
    std::size_t joins = 0;
  };
  using members = std::vector<pid>;

  void follow(const std::string& node, duration pause = {});
  bool is_follower(const std::string& node) const;
  source* source_of(const pid& scope, std::uint64_t key);
  void distrust(source& s, std::string_view why);
  void lose(source& s);
  static std::string node_of(const pid& p);

  /// A change of this node's members.
  void tell(bool joined, const pid& member, const std::vector<std::string>& groups);
  template <class Event>
  void show(const std::string& group, const members& who) {
    for (auto const& [watcher, monitor] : watchers_) self_.send<Event>(watcher, scope_, group, who);
  }

  context& self_;
  std::string const scope_;
  std::shared_ptr<group_view> const view_ = std::make_shared<group_view>();
  std::map<pid, local_member> local_;
  std::size_t joins_ = 0;
  std::map<pid, monitor_ref> watchers_;
  std::map<pid, follower> followers_;
  std::map<std::string, source> sources_;  // by node
  std::uint64_t numbers_ = 0;
};

// ---- this node's members

inline void group_scope::join(const group_join& j, reply_to<void>& answer) {
  if (j.member.node != this_node) return answer.fail(errc::bad_arguments, "a process joins on its own node");
  if (j.group.size() > wire::longest_name)
    return answer.fail(errc::bad_arguments, "the name of a group has 255 bytes at most");
  if (joins_ == most_joins)
    return answer.fail(errc::overloaded, "this node has its 65536 joins in the scope");
  auto const [it, fresh] = local_.try_emplace(j.member);
  if (fresh) it->second.monitor = self_.monitor(j.member);
  ++it->second.joins[j.group];
  ++joins_;
  view_->join(j.group, j.member);
  tell(true, j.member, {j.group});
  answer();
}

inline bool group_scope::leave(const group_leave& l) {
  auto const it = local_.find(l.member);
  if (it == local_.end()) return false;
  auto& joins = it->second.joins;
  auto const joined = joins.find(l.group);
  if (joined == joins.end()) return false;
  if (--joined->second == 0) joins.erase(joined);
  --joins_;
  view_->leave(l.group, l.member);
  if (joins.empty()) {
    self_.demonitor(it->second.monitor);
    local_.erase(it);
  }
  tell(false, l.member, {l.group});
  return true;
}

inline void group_scope::tell(bool joined, const pid& member, const std::vector<std::string>& groups) {
  for (auto const& [scope, f] : followers_)
    self_.send<group_change>(scope, f.key, self_.id(), joined, member, groups);
  for (auto const& group : groups)
    joined ? show<group_joined>(group, {member}) : show<group_left>(group, {member});
}

/// Who is gone in one part is gone in all.
inline void group_scope::on_down(const pid& who) {
  watchers_.erase(who);
  followers_.erase(who);
  if (auto const it = local_.find(who); it != local_.end()) {
    std::vector<std::string> groups;
    for (auto const& [group, times] : it->second.joins) groups.insert(groups.end(), times, group);
    for (auto const& group : groups) view_->leave(group, who);
    joins_ -= groups.size();
    local_.erase(it);
    return tell(false, who, groups);
  }
  auto const it =
      std::find_if(sources_.begin(), sources_.end(), [&](auto const& s) { return s.second.scope == who; });
  if (it == sources_.end()) return;
  std::string const node = it->first;
  lose(it->second);
  sources_.erase(it);
  if (is_follower(node)) follow(node);  // another stands for the scope there by now
}

// ---- who is told of them

inline void group_scope::on_follow(const group_follow& f, reply_to<void>& answer) {
  pid const who = f.follower;
  if (!answer.asker() || answer.asker().node != who.node)
    return answer.fail(errc::not_allowed, "a scope asks for itself");
  auto it = followers_.find(who);
  if (it != followers_.end()) {
    if (it->second.number >= f.number) return answer();
    self_.demonitor(it->second.monitor);
  } else {
    auto const of_node =
        std::distance(followers_.lower_bound({who.node, 0, 0}), followers_.lower_bound({who.node + 1, 0, 0}));
    if (static_cast<std::size_t>(of_node) >= most_followers)
      return answer.fail(errc::overloaded, "too many scopes of that node follow this one");
    it = followers_.try_emplace(who).first;
  }
  it->second = {f.number, f.key, self_.monitor(who)};
  answer();

  std::map<std::string_view, members> by_group;
  for (auto const& [member, m] : local_)
    for (auto const& [group, times] : m.joins) {
      members& all = by_group[group];
      all.insert(all.end(), times, member);
    }
  group_snapshot all{f.key, self_.id(), {}};
  for (auto& [group, who_all] : by_group) all.groups.push_back({std::string{group}, std::move(who_all)});
  self_.send(who, all);
  // It is there: so it can tell, too.
  if (std::string const node = node_of(who); !sources_.contains(node)) follow(node);
}

// ---- who tells of other nodes' members

inline void group_scope::follow(const std::string& node, duration pause) {
  source const next{++numbers_, environment::current().router->new_token(), {}, {}, 0};
  try {
    self_.spawn<&follow_group_scope>(self_.id(), scope_, node, next.number, next.key, pause);
    sources_[node] = next;
  } catch (const error& e) {
    self_.log(log_level::warning, "the groups of " + node + " will not be seen: " + e.what());
  }
}

inline void group_scope::on_not_followed(const group_not_followed& n) {
  auto const it = sources_.find(n.node);
  if (it == sources_.end() || it->second.number != n.number) return;
  sources_.erase(it);
  if (is_follower(n.node)) follow(n.node, std::chrono::seconds{1});
}

inline bool group_scope::is_follower(const std::string& node) const {
  for (auto const& [scope, f] : followers_)
    if (node_of(scope) == node) return true;
  return false;
}

inline std::string group_scope::node_of(const pid& p) {
  std::string_view name;
  std::uint64_t creation = 0;
  auto* const router = environment::current().router;
  return router && router->names().spell(p.node, name, creation) ? std::string{name} : std::string{};
}

inline group_scope::source* group_scope::source_of(const pid& scope, std::uint64_t key) {
  auto const it = sources_.find(node_of(scope));
  return it != sources_.end() && key != 0 && it->second.key == key ? &it->second : nullptr;
}

inline void group_scope::on_snapshot(const group_snapshot& s) {
  source* const from = source_of(s.scope, s.key);
  if (!from) return;
  lose(*from);
  std::size_t joins = 0;
  for (auto const& g : s.groups) {
    joins += g.members.size();
    if (joins > most_joins) return distrust(*from, "it has too many members");
    if (g.group.size() > wire::longest_name) return distrust(*from, "the name of a group is too long");
    for (auto const& m : g.members)
      if (m.node != s.scope.node) return distrust(*from, "it speaks for members of another node");
  }
  from->scope = s.scope;
  from->monitor = self_.monitor(s.scope);
  from->joins = joins;
  for (auto const& g : s.groups) {
    for (auto const& m : g.members) view_->join(g.group, m);
    if (!g.members.empty()) show<group_joined>(g.group, g.members);
  }
}

inline void group_scope::on_change(const group_change& c) {
  source* const from = source_of(c.scope, c.key);
  if (!from || from->scope != c.scope) return;
  if (c.member.node != c.scope.node) return distrust(*from, "it speaks for members of another node");
  if (c.joined && c.groups.size() > most_joins - from->joins)
    return distrust(*from, "it has too many members");
  for (auto const& group : c.groups) {
    if (group.size() > wire::longest_name) return distrust(*from, "the name of a group is too long");
    if (c.joined) {
      view_->join(group, c.member);
      ++from->joins;
      show<group_joined>(group, {c.member});
    } else if (view_->leave(group, c.member)) {
      --from->joins;
      show<group_left>(group, {c.member});
    }
  }
}

/// Nothing that it says counts until its node is connected anew.
inline void group_scope::distrust(source& s, std::string_view why) {
  self_.log(log_level::warning,
            std::string{"the groups of another node are not seen any more: "}.append(why));
  lose(s);
  s.key = 0;
}

inline void group_scope::lose(source& s) {
  if (!s.scope) return;
  self_.demonitor(s.monitor);
  for (auto const& [group, who] : view_->lose(s.scope.node)) show<group_left>(group, who);
  s.scope = {};
  s.joins = 0;
}

inline actor run_group_scope(context& self, std::string name) {
  group_scope scope{self, std::move(name)};
  scope.begin();
  for (;;)
    co_await self.receive([&](const group_open&) { return scope.view(); },
                          [&](const group_join& j, reply_to<void> answer) { scope.join(j, answer); },
                          [&](const group_leave& l) { return scope.leave(l); },
                          [&](const group_monitor& m) { return scope.monitor(m); },
                          [&](const group_demonitor& d) { scope.demonitor(d); },
                          [&](const group_follow& f, reply_to<void> answer) { scope.on_follow(f, answer); },
                          [&](const group_not_followed& n) { scope.on_not_followed(n); },
                          [&](const group_snapshot& s) { scope.on_snapshot(s); },
                          [&](const group_change& c) { scope.on_change(c); },
                          [&](const down& d) { scope.on_down(d.pid); },
                          [&](const node_up& n) { scope.on_node_up(n.name); },
                          [&](const node_down& n) { scope.on_node_down(n.name); },
                          [](message) {});  // of what else a peer may send nothing stays here
}

}  // namespace detail

}  // namespace snow
