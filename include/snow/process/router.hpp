#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "snow/base/clock.hpp"
#include "snow/base/errc.hpp"
#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"
#include "snow/codec.hpp"
#include "snow/process/named.hpp"
#include "snow/process/reply_path.hpp"

namespace snow {

/// A value on its way to another node, not encoded yet.
struct outgoing {
  const void* value = nullptr;
  void (*encode)(writer&, const void*) = nullptr;  ///< writes a whole body: the names it uses, then the value
  type_key type;
};

/// What stands beside a message whose sender waits for an answer.
struct question {
  std::uint64_t request = 0;
  std::uint64_t token = 0;
  type_key result;
};

/// An answer: a value, or why there is none.
struct answer {
  errc status = errc::normal;  ///< `normal`: there is a value
  std::string details = {};    ///< of a failure
  const outgoing* value = nullptr;
};

/// What became of a signal for another node, as far as is known when it was handed over.
enum class routed : std::uint8_t {
  sent,
  waits,             ///< sent, and it waits at this end for its target's window
  congested,         ///< sent, and the path is above its high-water mark
  no_connection,     ///< dropped: not connected, and not to be dialled
  not_serializable,  ///< dropped: the type has no codec, or the value does not fit the limits
  overloaded,        ///< dropped: too many requests are pending
};

/// `normal` for what was sent.
constexpr errc failure_of(routed r) noexcept {
  switch (r) {
    case routed::sent:
    case routed::waits:
    case routed::congested:
      return errc::normal;
    case routed::no_connection:
      return errc::no_connection;
    case routed::not_serializable:
      return errc::not_serializable;
    case routed::overloaded:
      return errc::overloaded;
  }
  return errc::no_connection;
}

/// One end of a link with a process of another node, as its own node keeps it.
struct link_end {
  pid own;
  pid other;
  std::uint64_t connection = 0;  ///< that it hangs on
};

struct routing {
  routed what = routed::no_connection;
  node_id node = no_node;  ///< where it went
};

/// How signals reach other nodes. `node/` implements it; a local node has none.
///
/// Called on workers, by the actor that is named as sender, in its order. Nothing blocks; what must be
/// answered later is answered by a signal to the sender's mailbox (`process/signals.hpp`): every question
/// that was `sent` gets exactly one reply, every monitor at most one down.
class router {
 public:
  virtual ~router() = default;

  /// Spells the nodes of pids that stand in bodies.
  virtual node_names& names() noexcept = 0;
  /// What another node must show to answer one request: not 0, and none that it could guess.
  virtual std::uint64_t new_token() = 0;

  virtual routing send(const pid& from, const pid& to, const outgoing&, const question*) = 0;
  virtual routing send(const pid& from, const named& to, const outgoing&, const question*) = 0;
  virtual void reply(const pid& from, const reply_path& to, const answer&) = 0;
  /// The asker waits no longer: what is kept for the request may go.
  virtual void forget(const pid& asker, node_id asked, std::uint64_t request) noexcept = 0;

  virtual void monitor(const pid& watcher, std::uint64_t monitor, const pid& target) = 0;
  virtual void demonitor(const pid& watcher, std::uint64_t monitor, const pid& target) = 0;
  virtual void down(const pid& watcher, std::uint64_t monitor, const pid& target, const reason&) = 0;
  virtual void exit(const pid& from, const pid& to, const reason&, bool kill) = 0;

  // ---- links (process/linking.hpp). Each end hangs on the connection by which LINK went or came; what is
  // for another goes nowhere.
  /// LINK: the connection that it went by; or why it cannot go, and one whose signals are older than that.
  virtual errc tie(const pid& own, const pid& other, std::uint64_t& connection) = 0;
  /// UNLINK.
  virtual void untie(const link_end&, std::uint64_t id) = 0;
  /// Answers an UNLINK that came.
  virtual void untied(const link_end&, std::uint64_t id) = 0;
  /// A LINK that came was looked at; `holds`: the link is active.
  virtual void accept(const link_end&, bool holds) = 0;
  /// A LINK that came finds nobody: EXIT.
  virtual void refuse(const link_end&, const reason&) = 0;
  /// The own end is no more.
  virtual void let_go(const link_end&) = 0;
  /// The same, since its owner has ended: EXIT.
  virtual void broken(const link_end&, const reason&) = 0;

  /// That actor has ended, and asked to be told of nodes: it is told no more.
  virtual void forget_watcher(const pid&) noexcept {}

  /// Completes `number` of the actor `waiting` (`signal_completion`) once the path to that node is below its
  /// low-water mark and, with `windows`, nothing that the actor sent there waits at this end;
  /// fails it with `no_connection` when the path is gone.
  virtual void await_path(const pid& waiting, std::uint64_t number, node_id to, bool windows) = 0;
};

}  // namespace snow
