#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/cluster/group_messages.hpp"
#include "snow/cluster/group_view.hpp"
#include "snow/node.hpp"
#include "snow/process.hpp"

namespace snow {

/// Named groups of processes, over all nodes that are connected to this one: as OTP's pg.
///
///     auto chat = co_await snow::groups::open(self, "chat");
///     co_await chat.join("lobby");
///     chat.publish<line>("lobby", "hello");
///
/// A scope is a world of groups of its own; on each node an actor stands for it, which `open` starts where it
/// is not there yet, and which lives until its node stops or somebody ends it. Each node sees the members on
/// the nodes that it has an open session with, and on which the scope was opened; it sees them some time
/// later, the changes of one node in their order. No node leads, none is asked: what is in the view is what
/// each node says of its own processes (S-69, S-80).
///
/// Belongs to one actor, as its `context` does.
class groups {
 public:
  /// Throws `bad_arguments` for a name of more than 200 bytes, `overloaded` or `shutting_down` where an
  /// actor cannot be spawned.
  static task<groups> open(context& self, std::string scope = "snow");

  const std::string& scope() const noexcept { return scope_; }
  /// The actor that stands for the scope on this node. When it ends, all views are empty for good, and what
  /// is awaited fails with `no_process`.
  const pid& actor() const noexcept { return actor_; }

  // ---- members of this node
  /// `co_await`: from then on this node's view has it. As often as one likes: who joined twice leaves twice.
  /// A process that ends leaves all groups by itself. Throws `overloaded` at 65,536 joins a node and scope.
  ask_operation<detail::group_join> join(std::string_view group) const { return join(group, self_->id()); }
  /// The same of another process of this node (`bad_arguments` otherwise).
  ask_operation<detail::group_join> join(std::string_view group, const pid& member) const {
    return self_->ask<detail::group_join>(actor_, std::string{group}, member);
  }
  /// `co_await` gives false if it was no member.
  ask_operation<detail::group_leave> leave(std::string_view group) const { return leave(group, self_->id()); }
  ask_operation<detail::group_leave> leave(std::string_view group, const pid& member) const {
    return self_->ask<detail::group_leave>(actor_, std::string{group}, member);
  }

  // ---- the view: no message, no wait; O(log groups), for the first who looks after a change O(members)
  group_members members(std::string_view group) const { return view_->of(group); }
  group_members local_members(std::string_view group) const { return view_->local_of(group); }
  /// Those that have members.
  std::vector<std::string> names() const { return view_->names(); }

  /// Sends an `M` to each member, this actor included, as often as it has joined; gives how many. The `M` is
  /// built once and copied.
  template <class M, class... Args>
  std::size_t publish(std::string_view group, Args&&... args) const;

  // ---- being told
  /// `co_await` gives the members by group; every later change comes as `group_joined` or `group_left`.
  ask_operation<detail::group_monitor> monitor() const {
    return self_->ask<detail::group_monitor>(actor_, self_->id());
  }
  /// Changes that were told before lie in the mailbox still.
  ask_operation<detail::group_demonitor> demonitor() const {
    return self_->ask<detail::group_demonitor>(actor_, self_->id());
  }

 private:
  groups(context& self, std::string scope, const pid& actor) noexcept
      : self_{&self}, scope_{std::move(scope)}, actor_{actor} {}

  context* self_;
  std::string scope_;
  pid actor_;
  std::shared_ptr<const detail::group_view> view_;
};

template <class M, class... Args>
std::size_t groups::publish(std::string_view group, Args&&... args) const {
  M const message = detail::made_of<M>(std::forward<Args>(args)...);
  auto const to = members(group);
  for (auto const& member : to) self_->send(member, message);
  return to.size();
}

}  // namespace snow
