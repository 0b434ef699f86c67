#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "snow/registry/function.hpp"
#include "snow/registry/module.hpp"
#include "snow/registry/name_index.hpp"

namespace snow::detail {

/// A function of one name from one module, in the table. Its memory and its texts stay when it is taken back,
/// so that readers need no lock and are never waited for; it serves again when the same function comes back.
struct function_record {
  enum class state : std::uint8_t {
    gone,
    active,
    refused,  ///< another function has the name
  };
  const function_constants* constants;
  const char* name_text;
  const char* file;
  std::atomic<function_record*> next = nullptr;  ///< of the same name
  std::uint32_t line;
  std::uint16_t name_size;
  std::uint16_t module;
  std::uint16_t registrations = 1;  ///< stops at its maximum
  function_kind kind;
  std::atomic<state> is = state::gone;

  std::string_view name() const noexcept { return {name_text, name_size}; }
  std::uint64_t fingerprint() const noexcept {
    return combined_fingerprint(kind, constants->parameters, constants->result);
  }
};

/// The constants and texts of a function whose library may be unmapped.
struct kept_constants : function_constants {
  std::string name, file, signature_text;
};

inline std::string signature_of_record(const function_record& r) {
  return r.constants->signature ? r.constants->signature()
                                : static_cast<const kept_constants*>(r.constants)->signature_text;
}

/// All functions by name. Readers take no lock and never wait; writers (static initialisers, the loading and
/// unloading of libraries) exclude each other.
class function_table {
 public:
  using state = function_record::state;

  constexpr function_table() = default;

  /// Wait-free; O(1) on average. The record stays readable for ever.
  const function_record* find(std::string_view name) const noexcept {
    return index_.find(
        name, [](const function_record& r) { return r.is.load(std::memory_order_acquire) == state::active; });
  }

  /// Counts a function of `m`. False when another function has the name: it is refused.
  bool add(loaded_module& m, std::string_view name, function_kind kind, const char* file, std::uint32_t line,
           const function_constants& f);
  /// Takes back all functions of a library that is about to be unmapped. O(functions).
  void take_back(loaded_module& m) noexcept;

  /// The module that an address lies in, made when it is new.
  loaded_module& module_of(const void* address, bool plugin);
  loaded_module& module_by(std::uint16_t id) const noexcept {
    loaded_module* m = modules_.load(std::memory_order_acquire);
    while (m->id != id) m = m->next;
    return *m;
  }

  /// Calls `f` with each record, those of one name together; writers wait.
  template <class F>
  void each(F&& f) const {
    std::lock_guard const alone{writing_};
    index_.each([&](const function_record& r) { f(r); });
  }
  template <class F>
  void each_module(F&& f) const {
    for (auto* m = modules_.load(std::memory_order_acquire); m; m = m->next) f(*m);
  }

  static bool same_function(const function_record& a, const function_record& b) {
    return same_place(a, b.file, b.line, b.fingerprint()) || address_of(a) == address_of(b);
  }

 private:
  static bool same_place(const function_record& r, std::string_view file, std::uint32_t line,
                         std::uint64_t fingerprint) noexcept {
    return r.line == line && r.file == file && r.fingerprint() == fingerprint;
  }
  static const void* address_of(const function_record& r) noexcept {
    // Of a function that is taken back nothing is left to be compared with.
    return r.is.load(std::memory_order_relaxed) == state::gone ? &r : r.constants->address();
  }
  static const kept_constants* kept_copy(std::string_view name, const char* file,
                                         const function_constants& f);

  name_index<function_record> index_;
  std::atomic<loaded_module*> modules_ = nullptr;
  mutable spin_lock writing_;
};

/// The one global of snow, shared by the program and its plugins.
[[gnu::visibility("default")]] inline constinit function_table functions_of_process;

}  // namespace snow::detail
