#pragma once

#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "snow/base/pid.hpp"

namespace snow {

/// Names of one node's actors. Any thread; O(log n).
class local_names {
 public:
  /// False when the name belongs to a living process.
  bool add(std::string_view name, const pid& p) {
    std::lock_guard const lock{mutex_};
    return names_.try_emplace(std::string{name}, p).second;
  }
  /// Whether it was there, and `p`'s.
  bool remove(std::string_view name, const pid& p) {
    std::lock_guard const lock{mutex_};
    auto const it = names_.find(name);
    if (it == names_.end() || it->second != p) return false;
    names_.erase(it);
    return true;
  }
  /// Null when nobody has it.
  pid find(std::string_view name) const {
    std::shared_lock const lock{mutex_};
    auto const it = names_.find(name);
    return it == names_.end() ? pid{} : it->second;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, pid, std::less<>> names_;
};

}  // namespace snow
