#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "snow/registry/table.hpp"

namespace snow {

/// A function that may be started: its code stays mapped as long as `code` lives (null for the program's
/// own).
struct pinned_function {
  start_function start = nullptr;
  std::shared_ptr<const void> code;

  explicit operator bool() const noexcept { return start != nullptr; }
};

/// A function that was found; null if there is none. What it says stays valid, also when the plugin that
/// brought the function is unloaded; to start it, pin it.
class function_ref {
 public:
  function_ref() = default;
  explicit function_ref(const detail::function_record* r) noexcept : record_{r} {}
  explicit operator bool() const noexcept { return record_ != nullptr; }

  std::string_view name() const noexcept { return record_->name(); }
  function_kind kind() const noexcept { return record_->kind; }
  std::uint64_t parameters() const noexcept { return record_->constants->parameters; }
  std::uint64_t fingerprint() const noexcept { return record_->fingerprint(); }
  std::string signature() const { return detail::signature_of_record(*record_); }

  /// Null when its plugin has been unloaded meanwhile. Waits for the loader when nothing else of the plugin
  /// is pinned, and never for a function of the program itself.
  pinned_function pin() const;

 private:
  const detail::function_record* record_ = nullptr;
};

/// Any thread. Wait-free; O(1) on average.
inline function_ref find_function(std::string_view name) noexcept {
  return function_ref{detail::functions_of_process.find(name)};
}

/// All registered functions, each once. Any thread.
std::vector<function_info> functions();

/// Two different functions under one name: the first is found, the second is refused.
struct registry_conflict {
  function_info first;
  function_info second;

  /// Names both source locations.
  std::string to_string() const {
    return "two functions are registered as " + first.name + ": at " + first.where.to_string() + " and at " +
           second.where.to_string();
  }
};
/// One whose second function is a plugin's concerns that plugin alone.
std::vector<registry_conflict> registry_conflicts();

/// A shared library that registers functions, while it is mapped.
struct plugin_info {
  std::string path;
  std::size_t functions = 0;
  std::size_t refused = 0;  ///< another function has their name
  std::uint32_t pins = 0;   ///< actors and calls that run its code
};
/// Those that are mapped now. One that is still here after `dlclose`, without pins, is kept by the loader:
/// another handle is open, or it has symbols that cannot be unloaded (see `snow_add_plugin`).
std::vector<plugin_info> plugins();

}  // namespace snow
