#pragma once

#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "snow/base/pid.hpp"

namespace snow {

/// Names of one node's actors. Any thread; O(log n).
class local_names {
 public:
  /// False when the name belongs to a living process.
  bool add(std::string_view name, const pid& p);
  /// Whether it was there, and `p`'s.
  bool remove(std::string_view name, const pid& p);
  /// Null when nobody has it.
  pid find(std::string_view name) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, pid, std::less<>> names_;
};

}  // namespace snow
