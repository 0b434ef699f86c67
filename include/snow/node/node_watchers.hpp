#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "snow/node/node_events.hpp"
#include "snow/process/message.hpp"
#include "snow/process/signals.hpp"

namespace snow {

/// The actors of a node that are told when sessions to others begin and end. Any thread.
class node_watchers {
 public:
  explicit node_watchers(environment& env) noexcept : env_{env} {}

  void add(const pid& watcher, std::string_view node) {
    std::lock_guard const lock{mutex_};
    by_node_[std::string{node}].insert(watcher);
  }
  void remove(const pid& watcher, std::string_view node) {
    std::lock_guard const lock{mutex_};
    auto const it = by_node_.find(node);
    if (it != by_node_.end() && it->second.erase(watcher) != 0 && it->second.empty()) by_node_.erase(it);
  }
  /// It has ended. O(nodes that are watched).
  void forget(const pid& watcher) noexcept {
    std::lock_guard const lock{mutex_};
    for (auto it = by_node_.begin(); it != by_node_.end();) {
      it->second.erase(watcher);
      it = it->second.empty() ? by_node_.erase(it) : std::next(it);
    }
  }
  std::size_t count(std::string_view node) const {
    std::lock_guard const lock{mutex_};
    auto const it = by_node_.find(node);
    return it == by_node_.end() ? 0 : it->second.size();
  }

  template <class Event>
  void tell(std::string_view node, const Event& event) {
    std::lock_guard const lock{mutex_};
    std::set<pid> told;
    for (std::string_view const of : {node, every_node}) {
      auto const it = by_node_.find(of);
      if (it == by_node_.end()) continue;
      std::erase_if(it->second, [&](const pid& watcher) {
        if (!told.insert(watcher).second) return false;
        return !give(env_, watcher,
                     *env_.make<letter<Event>>(signal_kind::message, message_type_of<Event>, event));
      });
      if (it->second.empty()) by_node_.erase(it);
    }
  }

 private:
  environment& env_;
  mutable std::mutex mutex_;
  std::map<std::string, std::set<pid>, std::less<>> by_node_;
};

}  // namespace snow
