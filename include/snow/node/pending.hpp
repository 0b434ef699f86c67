#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "snow/base/pid.hpp"
#include "snow/node/request_kind.hpp"
#include "snow/process/signals.hpp"

namespace snow {

/// A request that went out in a session and was not answered yet.
struct pending_request {
  pid asker;
  std::uint64_t token = 0;
  request_kind kind = request_kind::ask;
  bool watched = false;    ///< a spawn with a monitor
  bool linked = false;     ///< with a link
  bool abandoned = false;  ///< nobody waits any longer, but a late child must be ended
  pid child = {};          ///< of a call that has started
};

/// Everything that one session must answer or undo when it ends. Any thread. After `close` nothing gets in,
/// so that each entry is answered once: by who takes it out (S-68).
class pending_table {
 public:
  enum class added : std::uint8_t { yes, closed, full };

  pending_table(std::size_t most_requests, std::size_t most_monitors) noexcept
      : most_requests_{most_requests}, most_monitors_{most_monitors} {}

  added add(std::uint64_t number, const pending_request& r);
  /// Takes it out.
  std::optional<pending_request> take(std::uint64_t number);
  /// Takes out the ask or call that an answer with this token ends. False, and nothing is changed, without
  /// one (S-51).
  bool answered(std::uint64_t number, std::uint64_t token);
  /// Changes an entry in place under the lock: `f(entry)`; keeps it when `f` returns true. False without one.
  template <class F>
  bool update(std::uint64_t number, F&& f);

  /// An actor of ours watches one of the peer's. `number` is its monitor's.
  added add_outgoing(std::uint64_t number, const watch& w);
  std::optional<watch> take_outgoing(std::uint64_t number);
  /// An actor of the peer watches one of ours. Only its session adds any, and asks before it starts one that
  /// is to be watched.
  added add_incoming(const watch& w);
  bool takes_incoming() const;
  bool take_incoming(const watch& w);

  /// An actor of ours runs a call of the peer's. Its session asks before it starts one.
  bool takes_call() const;
  bool runs_call(std::uint64_t peers_number) const;
  void add_call(std::uint64_t peers_number, const pid& child);
  pid take_call(std::uint64_t peers_number);

  struct contents {
    std::vector<std::pair<std::uint64_t, pending_request>> requests;
    std::vector<watch> outgoing;
    std::vector<watch> incoming;
    std::vector<pid> callees;
  };
  /// The end, once; in the order of the numbers, so that the same run tells the same story.
  contents close();

  std::size_t requests() const;
  std::size_t monitors() const;

 private:
  struct by_watch {
    bool operator()(const watch& a, const watch& b) const noexcept {
      if (a.monitor != b.monitor) return a.monitor < b.monitor;
      if (a.watcher != b.watcher) return a.watcher < b.watcher;
      return a.target < b.target;
    }
  };

  mutable std::mutex mutex_;
  std::size_t const most_requests_;
  std::size_t const most_monitors_;
  bool closed_ = false;
  std::unordered_map<std::uint64_t, pending_request> requests_;  // by numbers of ours: no peer chooses them
  std::unordered_map<std::uint64_t, watch> outgoing_;
  // By numbers of the peer's: a tree has no worst case.
  std::set<watch, by_watch> incoming_;
  std::map<std::uint64_t, pid> calls_;
};

inline pending_table::added pending_table::add(std::uint64_t number, const pending_request& r) {
  std::lock_guard const lock{mutex_};
  if (closed_) return added::closed;
  if (requests_.size() >= most_requests_) return added::full;
  requests_.emplace(number, r);
  return added::yes;
}

inline std::optional<pending_request> pending_table::take(std::uint64_t number) {
  std::lock_guard const lock{mutex_};
  auto const it = requests_.find(number);
  if (it == requests_.end()) return {};
  pending_request const r = it->second;
  requests_.erase(it);
  return r;
}

template <class F>
bool pending_table::update(std::uint64_t number, F&& f) {
  std::lock_guard const lock{mutex_};
  auto const it = requests_.find(number);
  if (it == requests_.end()) return false;
  if (!f(it->second)) requests_.erase(it);
  return true;
}

inline bool pending_table::answered(std::uint64_t number, std::uint64_t token) {
  std::lock_guard const lock{mutex_};
  auto const it = requests_.find(number);
  if (it == requests_.end() || it->second.token != token || it->second.kind == request_kind::spawn)
    return false;
  requests_.erase(it);
  return true;
}

inline bool pending_table::takes_call() const {
  std::lock_guard const lock{mutex_};
  return calls_.size() < most_requests_;
}

inline bool pending_table::runs_call(std::uint64_t peers_number) const {
  std::lock_guard const lock{mutex_};
  return calls_.contains(peers_number);
}

inline void pending_table::add_call(std::uint64_t peers_number, const pid& child) {
  std::lock_guard const lock{mutex_};
  if (!closed_) calls_.emplace(peers_number, child);
}

inline pid pending_table::take_call(std::uint64_t peers_number) {
  std::lock_guard const lock{mutex_};
  auto const it = calls_.find(peers_number);
  if (it == calls_.end()) return {};
  pid const child = it->second;
  calls_.erase(it);
  return child;
}

inline pending_table::added pending_table::add_outgoing(std::uint64_t number, const watch& w) {
  std::lock_guard const lock{mutex_};
  if (closed_) return added::closed;
  if (outgoing_.size() >= most_monitors_) return added::full;
  outgoing_.emplace(number, w);
  return added::yes;
}

inline std::optional<watch> pending_table::take_outgoing(std::uint64_t number) {
  std::lock_guard const lock{mutex_};
  auto const it = outgoing_.find(number);
  if (it == outgoing_.end()) return {};
  watch const w = it->second;
  outgoing_.erase(it);
  return w;
}

inline pending_table::added pending_table::add_incoming(const watch& w) {
  std::lock_guard const lock{mutex_};
  if (closed_) return added::closed;
  if (incoming_.size() >= most_monitors_) return added::full;
  incoming_.insert(w);
  return added::yes;
}

inline bool pending_table::takes_incoming() const {
  std::lock_guard const lock{mutex_};
  return incoming_.size() < most_monitors_;
}

inline bool pending_table::take_incoming(const watch& w) {
  std::lock_guard const lock{mutex_};
  return incoming_.erase(w) != 0;
}

inline pending_table::contents pending_table::close() {
  contents all;
  {
    std::lock_guard const lock{mutex_};
    closed_ = true;
    all.requests.assign(requests_.begin(), requests_.end());
    for (auto const& [number, w] : outgoing_) all.outgoing.push_back(w);
    all.incoming.assign(incoming_.begin(), incoming_.end());
    for (auto const& [number, child] : calls_) all.callees.push_back(child);
    requests_.clear();
    outgoing_.clear();
    incoming_.clear();
    calls_.clear();
  }
  std::sort(all.requests.begin(), all.requests.end(),
            [](auto const& a, auto const& b) { return a.first < b.first; });
  std::sort(all.outgoing.begin(), all.outgoing.end(), by_watch{});
  return all;
}

inline std::size_t pending_table::requests() const {
  std::lock_guard const lock{mutex_};
  return requests_.size();
}

inline std::size_t pending_table::monitors() const {
  std::lock_guard const lock{mutex_};
  return outgoing_.size() + incoming_.size();
}

}  // namespace snow
