#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "snow/node/info.hpp"
#include "snow/node/linked_pairs.hpp"
#include "snow/node/pending.hpp"
#include "snow/node/rate_limit.hpp"
#include "snow/node/remote_operation.hpp"
#include "snow/process/message.hpp"
#include "snow/process/router.hpp"
#include "snow/wire/limits.hpp"

namespace snow {

/// What became of a signal that was given to a link.
enum class pushed : std::uint8_t {
  sent,
  waits,      ///< sent, and it waits for its target's window, or behind such a one
  congested,  ///< sent, and the path is above its high-water mark
  closed,     ///< dropped: the session has ended
  too_large,  ///< dropped: it does not fit the limits, or does not encode
};

/// The way to one incarnation of another node: what signals see of a session. Any thread. The signals of one
/// sender arrive in the order in which they were pushed (S-1).
class link {
 public:
  link(std::string name, std::uint64_t creation, node_id id, const limits& l)
      : name_{std::move(name)},
        creation_{creation},
        id_{id},
        pending{l.pending_requests, l.links_and_monitors},
        pairs{l.links_and_monitors},
        spawns{l.spawns_per_second} {}
  virtual ~link() = default;

  const std::string& name() const noexcept { return name_; }
  std::uint64_t creation() const noexcept { return creation_; }
  node_id id() const noexcept { return id_; }
  /// Of this connection: larger than those of all before it.
  std::uint64_t number() const noexcept { return number_; }

  virtual pushed send(const pid& from, const pid& to, const outgoing& value, const question* q) = 0;
  virtual pushed send(const pid& from, std::string_view to, const outgoing& value, const question* q) = 0;
  virtual pushed reply(const pid& from, const reply_path& to, const answer& a) = 0;
  virtual pushed start(const remote_requests::request& r, const remote_start& what) = 0;
  virtual pushed started(const pid& from, std::uint64_t request, const pid& child) = 0;
  virtual pushed not_started(std::uint64_t request, errc why, std::string_view details) = 0;
  virtual pushed abandon(const pid& from, std::uint64_t request) = 0;
  virtual pushed monitor(const watch& w) = 0;
  virtual pushed demonitor(const watch& w) = 0;
  virtual pushed down(const watch& w, const reason& why) = 0;
  virtual pushed exit(const pid& from, const pid& to, const reason& why, bool by_force) = 0;

  // ---- between linked actors
  virtual pushed tie(const pid& from, const pid& to) = 0;                        // LINK
  virtual pushed untie(const pid& from, const pid& to, std::uint64_t id) = 0;    // UNLINK
  virtual pushed untied(const pid& from, const pid& to, std::uint64_t id) = 0;   // UNLINK_ACK
  virtual pushed broken(const pid& from, const pid& to, const reason& why) = 0;  // EXIT

  virtual session_info info() const {
    return {.peer = name_,
            .pending_requests = pending.requests(),
            .monitors = pending.monitors(),
            .links = pairs.size()};
  }

  /// Calls `f` once, on some worker: when the path is below its low-water mark and, if a sender is named,
  /// nothing of that one's waits; or when it is gone.
  virtual void when_clear(const pid& sender, std::function<void()> f) = 0;

 private:
  std::string const name_;
  std::uint64_t const creation_;
  node_id const id_;
  std::uint64_t number_ = 0;  // `routes` gives it
  friend class routes;

 public:
  pending_table pending;
  linked_pairs pairs;
  rate_limit spawns;  ///< on the peer's behalf; of the session's worker alone
};

/// The links that are open, by incarnation and by name. Any thread.
class routes {
 public:
  void add(std::shared_ptr<link> l) {
    std::lock_guard const lock{mutex_};
    l->number_ = ++last_;
    by_name_.insert_or_assign(l->name(), l);
    by_id_.insert_or_assign(l->id(), std::move(l));
  }
  void remove(const link& l) {
    std::lock_guard const lock{mutex_};
    if (auto const it = by_id_.find(l.id()); it != by_id_.end() && it->second.get() == &l) by_id_.erase(it);
    if (auto const it = by_name_.find(l.name()); it != by_name_.end() && it->second.get() == &l)
      by_name_.erase(it);
  }
  std::shared_ptr<link> find(node_id id) const {
    std::shared_lock const lock{mutex_};
    auto const it = by_id_.find(id);
    return it == by_id_.end() ? nullptr : it->second;
  }
  /// Null without one, and then the number of the last connection that there was before, to whatever node.
  std::shared_ptr<link> find_or_last(node_id id, std::uint64_t& last) const {
    std::shared_lock const lock{mutex_};
    last = last_;
    auto const it = by_id_.find(id);
    return it == by_id_.end() ? nullptr : it->second;
  }
  /// Null when that connection is no more, whatever others there are.
  std::shared_ptr<link> find(node_id id, std::uint64_t number) const {
    auto way = find(id);
    return way && way->number() == number ? std::move(way) : nullptr;
  }
  std::shared_ptr<link> find(std::string_view name) const {
    std::shared_lock const lock{mutex_};
    auto const it = by_name_.find(name);
    return it == by_name_.end() ? nullptr : it->second;
  }
  std::vector<std::shared_ptr<link>> all() const {
    std::shared_lock const lock{mutex_};
    std::vector<std::shared_ptr<link>> every;
    for (auto const& [name, l] : by_name_) every.push_back(l);
    return every;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::uint64_t last_ = 0;
  std::unordered_map<node_id, std::shared_ptr<link>> by_id_;  // by numbers of ours
  std::map<std::string, std::shared_ptr<link>, std::less<>> by_name_;
};

}  // namespace snow
