#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#if defined(__GLIBC__)
#include <dlfcn.h>
#include <link.h>
#endif

/// Shared libraries that bring functions, and may be unloaded. Where the loader never unmaps anything (any
/// but glibc's) all of them count as parts of the program.
namespace snow::detail {

/// Excludes writers from each other; readers of the registry take no lock. Needs no initialisation.
class spin_lock {
 public:
  void lock() noexcept {
    while (busy_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() noexcept { busy_.clear(std::memory_order_release); }

 private:
  std::atomic_flag busy_ = {};
};

/// A shared library with functions, as long as it is mapped and again when it comes back; never freed.
struct loaded_module {
  std::string path;  ///< as the loader knows it; empty: the program itself
  std::uint16_t id = 0;
  bool plugin = false;  ///< built by `snow_add_plugin`: what is wrong with it is its own affair
  std::atomic<bool> mapped = true;
  loaded_module* next = nullptr;

  spin_lock pinning;
  std::uint32_t pins = 0;  ///< actors and calls that run its code
  void* handle = nullptr;  ///< the loader's reference that the pins hold together

  bool is_program() const noexcept { return path.empty(); }
};

#if defined(__GLIBC__)

/// The loader's name for the library that an address lies in; empty for the program.
inline std::string module_at(const void* address) {
  Dl_info about{};
  void* found = nullptr;
  if (dladdr1(address, &about, &found, RTLD_DL_LINKMAP) == 0 || !found) return {};
  return static_cast<const link_map*>(found)->l_name;
}

inline void unpin(loaded_module& m) noexcept {
  m.pinning.lock();
  void* const last = --m.pins == 0 ? std::exchange(m.handle, nullptr) : nullptr;
  m.pinning.unlock();
  if (last) dlclose(last);  // without the lock: it may run the library's destructors
}

/// A reference to the library itself, by which `dlclose` does not unmap it. False when it is gone already, or
/// on its way. Waits for the loader.
inline bool pin(loaded_module& m) {
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

inline std::string module_at(const void*) {
  return {};
}
inline void unpin(loaded_module&) noexcept {}
inline bool pin(loaded_module&) {
  return true;
}

#endif

/// Keeps a library's code mapped until the last copy is gone; null for the program itself.
using code_reference = std::shared_ptr<const void>;

}  // namespace snow::detail
