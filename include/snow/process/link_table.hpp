#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "snow/base/pid.hpp"

namespace snow {

/// One actor's ends of its links, as in Erlang/OTP's link table since 23.3 (erts, "Distribution Protocol",
/// the new link protocol): the same for links within a node and between two. What the two ends say to each
/// other is LINK, UNLINK with an id, its acknowledgement, and EXIT; whatever crosses, both come to agree
/// (S-47), since an end that unlinks takes nothing back before that id is acknowledged.
///
/// Each end hangs on one connection, by its number, which grows; 0 is none: within the node. A signal of an
/// older connection means nothing to a link of a newer one.
class link_table {
 public:
  struct end {
    std::uint64_t connection = 0;
    std::uint64_t unlinking = 0;  ///< the id of an UNLINK that was not acknowledged; 0: the link is active
  };

  /// Null without one.
  const end* find(const pid& other) const {
    auto const it = ends_.find(other);
    return it == ends_.end() ? nullptr : &it->second;
  }
  bool is_active(const pid& other) const {
    auto const* const e = find(other);
    return e && e->unlinking == 0;
  }

  // ---- what its owner does: O(log links), each

  /// A link that is not active becomes so; LINK was sent.
  void link(const pid& other, std::uint64_t connection) { ends_.insert_or_assign(other, end{connection, 0}); }
  /// UNLINK was sent: until it is acknowledged, nothing of this link acts.
  void unlink(const pid& other, std::uint64_t id) { ends_.at(other).unlinking = id; }

  // ---- what the other end said

  /// LINK: whether the link is active now. One that was sent before the other end could know of our UNLINK is
  /// none.
  bool on_link(const pid& other, std::uint64_t connection) {
    end& e = ends_.try_emplace(other, end{connection, 0}).first->second;
    if (e.connection < connection) e = {connection, 0};
    return e.connection == connection && e.unlinking == 0;
  }
  /// UNLINK: whether that was the end of an active link. Acknowledged in any case.
  bool on_unlink(const pid& other, std::uint64_t connection) {
    auto const it = ends_.find(other);
    if (it == ends_.end() || it->second.connection != connection || it->second.unlinking != 0) return false;
    ends_.erase(it);
    return true;
  }
  /// The acknowledgement of an UNLINK: whether of the last.
  bool on_unlink_ack(const pid& other, std::uint64_t connection, std::uint64_t id) {
    auto const it = ends_.find(other);
    if (it == ends_.end() || it->second.connection != connection) return false;
    if (it->second.unlinking != id || id == 0) return false;
    ends_.erase(it);
    return true;
  }
  enum class broken : std::uint8_t { none, inactive, active };
  /// EXIT of a link, which it ends; it acts if the link was active.
  broken on_exit(const pid& other, std::uint64_t connection) {
    auto const it = ends_.find(other);
    if (it == ends_.end() || it->second.connection != connection) return broken::none;
    bool const acts = it->second.unlinking == 0;
    ends_.erase(it);
    return acts ? broken::active : broken::inactive;
  }

  std::size_t size() const noexcept { return ends_.size(); }
  /// `f(other, end)`, in the order of the pids.
  template <class F>
  void each(F f) const {
    for (auto const& [other, e] : ends_) f(other, e);
  }

 private:
  std::map<pid, end> ends_;  // peers choose their pids: a tree has no worst case
};

}  // namespace snow
