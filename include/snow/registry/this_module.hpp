#pragma once

#include <atomic>

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

 private:
  std::atomic<loaded_module*> known_ = nullptr;
};

// Hidden: each library has its own.
[[gnu::visibility("hidden")]] inline constinit module_guard this_module;

}  // namespace snow::detail
