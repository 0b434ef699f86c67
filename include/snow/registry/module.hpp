#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

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

/// The loader's name for the library that an address lies in; empty for the program.
std::string module_at(const void* address);
/// A reference to the library itself, by which `dlclose` does not unmap it. False when it is gone already, or
/// on its way. Waits for the loader.
bool pin(loaded_module& m);
void unpin(loaded_module& m) noexcept;

/// Keeps a library's code mapped until the last copy is gone; null for the program itself.
using code_reference = std::shared_ptr<const void>;

}  // namespace snow::detail
