#pragma once

#include <atomic>

#include "snow/base/error.hpp"
#include "snow/registry/lookup.hpp"

namespace snow::detail {

/// Stands for the program or shared library that the code which names it is part of; takes the functions of
/// a library back when it is unmapped.
class module_guard {
 public:
  constexpr module_guard() = default;
  ~module_guard() {
    if (auto* const m = known_.load(std::memory_order_relaxed); m && !m->is_program())
      functions_of_process.take_back(*m);
  }

  loaded_module& get() {
    if (auto* const m = known_.load(std::memory_order_acquire)) return *m;
#if defined(SNOW_PLUGIN)
    constexpr bool plugin = true;
#else
    constexpr bool plugin = false;
#endif
    loaded_module& m = functions_of_process.module_of(this, plugin);
    known_.store(&m, std::memory_order_release);
    return m;
  }

  /// Around whatever may outlive the code that made it and needs it still. Throws `shutting_down` in a
  /// library that is being unmapped.
  void hold() {
    if (!pin(get())) throw error{errc::shutting_down, "a plugin that is being unloaded sends nothing"};
  }
  void let_go() noexcept {
    unpin(get());
  }

 private:
  std::atomic<loaded_module*> known_ = nullptr;
};

// Hidden: each library has its own.
[[gnu::visibility("hidden")]] inline constinit module_guard this_module;

/// Of the code that names it; null where it is never unmapped: in the program.
#if defined(SNOW_PLUGIN)
[[gnu::visibility("hidden")]] inline constexpr module_guard* this_plugin = &this_module;
#else
[[gnu::visibility("hidden")]] inline constexpr module_guard* this_plugin = nullptr;
#endif

}  // namespace snow::detail
