#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__GLIBC__)
#include <dlfcn.h>
#include <link.h>
#endif

#include "snow/base/config.hpp"
#include "snow/registry/lookup.hpp"

// What registers functions, takes them back and tells of them: compiled once for a project.

namespace snow {

namespace detail {

#if defined(__GLIBC__)

SNOW_COMPILED_ONCE std::string module_at(const void* address) {
  Dl_info about{};
  void* found = nullptr;
  if (dladdr1(address, &about, &found, RTLD_DL_LINKMAP) == 0 || !found) return {};
  return static_cast<const link_map*>(found)->l_name;
}

SNOW_COMPILED_ONCE void unpin(loaded_module& m) noexcept {
  m.pinning.lock();
  void* const last = --m.pins == 0 ? std::exchange(m.handle, nullptr) : nullptr;
  m.pinning.unlock();
  if (last) dlclose(last);  // without the lock: it may run the library's destructors
}

SNOW_COMPILED_ONCE bool pin(loaded_module& m) {
  m.pinning.lock();
  bool const held = m.pins != 0;
  if (held) ++m.pins;
  m.pinning.unlock();
  if (held) return true;

  // Without the lock: the loader may be running a destructor of the library, which waits for the registry.
  void* extra = dlopen(m.path.c_str(), RTLD_NOLOAD | RTLD_LAZY);
  if (!extra) return false;
  // acquire: what the library did when it was mapped comes before what its code is now asked to do
  bool const mapped = m.mapped.load(std::memory_order_acquire);
  if (mapped) {
    m.pinning.lock();
    if (m.pins++ == 0) m.handle = std::exchange(extra, nullptr);
    m.pinning.unlock();
  }
  if (extra) dlclose(extra);
  return mapped;
}

#else

SNOW_COMPILED_ONCE std::string module_at(const void*) {
  return {};
}
SNOW_COMPILED_ONCE void unpin(loaded_module&) noexcept {}
SNOW_COMPILED_ONCE bool pin(loaded_module&) {
  return true;
}

#endif

inline const kept_constants* function_table::kept_copy(std::string_view name, const char* file,
                                                       const function_constants& f) {
  auto* const kept = new kept_constants{f, std::string{name}, file, f.signature()};
  kept->signature = nullptr;
  return kept;
}

SNOW_COMPILED_ONCE bool function_table::add(loaded_module& m, std::string_view name, function_kind kind,
                                            const char* file, std::uint32_t line,
                                            const function_constants& f) {
  std::lock_guard const alone{writing_};
  std::uint64_t const fingerprint = combined_fingerprint(kind, f.parameters, f.result);

  function_record *known = nullptr, *back = nullptr, *last = nullptr;
  bool taken = false;
  index_.each_of(name, [&](function_record& r) {
    last = &r;
    bool const gone = r.is.load(std::memory_order_relaxed) == state::gone;
    bool const same = same_place(r, file, line, fingerprint) || (!gone && address_of(r) == f.address());
    if (r.module == m.id && same) (gone ? back : known) = &r;
    if (r.is.load(std::memory_order_relaxed) == state::active && !same) taken = true;
  });
  if (known) {
    if (known->registrations != std::numeric_limits<std::uint16_t>::max()) ++known->registrations;
    return known->is.load(std::memory_order_relaxed) == state::active;
  }

  state const becomes = taken ? state::refused : state::active;
  if (back) {
    auto* const kept = const_cast<kept_constants*>(static_cast<const kept_constants*>(back->constants));
    kept->start = f.start;  // read by those alone who have pinned the library
    kept->address = f.address;
    back->registrations = 1;
    back->is.store(becomes, std::memory_order_release);
    return !taken;
  }

  auto const* const kept = m.is_program() ? nullptr : kept_copy(name, file, f);
  index_.add(name, last, [&](function_record& r) {
    r.constants = kept ? kept : &f;
    r.name_text = kept ? kept->name.data() : name.data();
    r.file = kept ? kept->file.c_str() : file;
    r.line = line;
    r.name_size = static_cast<std::uint16_t>(name.size());
    r.module = m.id;
    r.kind = kind;
    r.is.store(becomes, std::memory_order_relaxed);
  });
  return !taken;
}

SNOW_COMPILED_ONCE void function_table::take_back(loaded_module& m) noexcept {
  std::lock_guard const alone{writing_};
  index_.each([&](function_record& r) {
    if (r.module == m.id) r.is.store(state::gone, std::memory_order_release);
  });
  m.mapped.store(false, std::memory_order_release);
}

SNOW_COMPILED_ONCE loaded_module& function_table::module_of(const void* address, bool plugin) {
  std::string path = module_at(address);  // before the lock: it waits for the loader
  std::lock_guard const alone{writing_};
  loaded_module* const newest = modules_.load(std::memory_order_relaxed);
  for (auto* m = newest; m; m = m->next)
    if (m->path == path) {
      // What was read under the last pin comes before what is written now. The loader's own lock, which
      // ThreadSanitizer does not see, says so too.
      std::lock_guard const unpinned{m->pinning};
      m->plugin = plugin;
      m->mapped.store(true, std::memory_order_release);
      return *m;
    }
  auto* const m = new loaded_module;
  m->path = std::move(path);
  m->id = static_cast<std::uint16_t>(newest ? newest->id + 1 : 1);
  m->plugin = plugin;
  m->next = newest;
  modules_.store(m, std::memory_order_release);
  return *m;
}

inline code_reference reference_to(loaded_module& m) {
  return {&m, [](const loaded_module* p) { unpin(*const_cast<loaded_module*>(p)); }};
}

inline function_info info_of(const function_record& r) {
  loaded_module const& m = functions_of_process.module_by(r.module);
  return {.name = std::string{r.name()},
          .signature = signature_of_record(r),
          .parameters = r.constants->parameters,
          .fingerprint = r.fingerprint(),
          .kind = r.kind,
          .where = {r.file, r.line},
          .address = r.constants->address(),
          .module = m.path,
          .plugin = m.plugin,
          .registrations = r.registrations};
}

}  // namespace detail

SNOW_COMPILED_ONCE pinned_function function_ref::pin() const {
  using state = detail::function_record::state;
  detail::loaded_module& m = detail::functions_of_process.module_by(record_->module);
  if (m.is_program()) return {record_->constants->start, {}};
  if (!detail::pin(m)) return {};
  detail::code_reference held = detail::reference_to(m);
  // What is active now stays so: taking it back is part of the unmapping that is held off.
  if (record_->is.load(std::memory_order_acquire) != state::active) return {};
  return {record_->constants->start, std::move(held)};
}

SNOW_COMPILED_ONCE std::vector<function_info> functions() {
  std::vector<function_info> all;
  detail::functions_of_process.each([&](const detail::function_record& r) {
    if (r.is.load(std::memory_order_relaxed) != detail::function_record::state::active) return;
    if (!all.empty() && all.back().name == r.name()) {
      all.back().registrations += r.registrations;
    } else {
      all.push_back(detail::info_of(r));
    }
  });
  return all;
}

SNOW_COMPILED_ONCE std::vector<registry_conflict> registry_conflicts() {
  using state = detail::function_record::state;
  std::vector<registry_conflict> found;
  const detail::function_record* first = nullptr;
  detail::functions_of_process.each([&](const detail::function_record& r) {
    state const is = r.is.load(std::memory_order_relaxed);
    if (first && first->name() != r.name()) first = nullptr;
    if (is == state::active && !first) first = &r;
    if (is == state::refused && first) found.push_back({detail::info_of(*first), detail::info_of(r)});
  });
  return found;
}

SNOW_COMPILED_ONCE std::vector<plugin_info> plugins() {
  using state = detail::function_record::state;
  std::vector<plugin_info> all;
  detail::functions_of_process.each_module([&](detail::loaded_module& m) {
    if (m.is_program() || !m.mapped.load(std::memory_order_acquire)) return;
    plugin_info p{.path = m.path};
    m.pinning.lock();
    p.pins = m.pins;
    m.pinning.unlock();
    detail::functions_of_process.each([&](const detail::function_record& r) {
      if (r.module != m.id) return;
      p.functions += r.is.load(std::memory_order_relaxed) == state::active;
      p.refused += r.is.load(std::memory_order_relaxed) == state::refused;
    });
    all.push_back(std::move(p));
  });
  return all;
}

}  // namespace snow
