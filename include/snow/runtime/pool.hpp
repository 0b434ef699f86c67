#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "snow/base/config.hpp"
#include "snow/runtime/returned_blocks.hpp"

namespace snow {

/// Memory of messages, actors and coroutine frames: free lists by size class, owned by one thread.
///
/// `allocate` is for the owner alone; `deallocate` is for everyone: what another thread frees goes home to
/// its owner, in batches where that thread has a pool too. All memory is returned when the pool is destroyed.
/// Blocks are aligned to 16 bytes; those over `largest` come from `operator new`. O(1), no lock.
/// Under AddressSanitizer every block comes from `operator new`, so that it sees each one.
class pool {
 public:
  static constexpr std::size_t largest = 4096;

  pool() = default;
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool() { free_all(); }

  void* allocate(std::size_t size);
  static void deallocate(void* block, std::size_t size) noexcept;
  /// Sends home what this thread freed for others. A worker does so once a turn.
  void flush() noexcept;
  /// Bytes of blocks that were handed out and are not back, nor on their way home where `flush` was called.
  /// The owner; O(blocks), and nothing is counted before. Zero under AddressSanitizer.
  std::size_t held() noexcept;

  /// The pool of the thread that runs, null on a thread that is no worker.
  SNOW_READS_THREAD_LOCAL static pool* current() noexcept { return current_; }
  /// Makes it `p`; what it was.
  static pool* exchange_current(pool* p) noexcept { return std::exchange(current_, p); }

 private:
  struct block {
    block* next;
    std::size_t size_class;
  };
  struct alignas(64) slab {
    pool* owner;
    slab* next_region;  // of the first slab of a region
  };
  static constexpr std::size_t slab_size = std::size_t{64} << 10;
  static constexpr std::size_t most_slabs = 16;  // of a region: the heap leaves gaps between what is aligned
  static constexpr std::size_t run = std::size_t{4} << 10;  // of a slab, that a size class takes at a time
  static constexpr std::size_t classes = 32 + 8 + 12;
  static constexpr unsigned batch = 32;

  /// 16-byte steps up to 512, 64 up to 1024, 256 up to 4096.
  static constexpr std::size_t class_of(std::size_t size) noexcept {
    if (size <= 512) return (size - (size != 0)) / 16;
    return size <= 1024 ? 32 + (size - 513) / 64 : 40 + (size - 1025) / 256;
  }
  static constexpr std::size_t size_of(std::size_t size_class) noexcept {
    if (size_class < 32) return (size_class + 1) * 16;
    return size_class < 40 ? 512 + (size_class - 31) * 64 : 1024 + (size_class - 39) * 256;
  }
  static pool* owner_of(void* p) noexcept {
    return reinterpret_cast<slab*>(reinterpret_cast<std::uintptr_t>(p) & ~(slab_size - 1))->owner;
  }

  struct free_list {
    block* first = nullptr;
    std::byte* fresh = nullptr;  // the part of its newest run that was never handed out
    std::byte* end = nullptr;
  };

  void free_all() noexcept;
  void* refill(std::size_t size_class);
  static void send_home(pool& owner, void* block, std::size_t size) noexcept;
  void take_run(std::size_t size_class);
  void begin_slab();
  bool take_home() noexcept;

  free_list lists_[classes];
  std::uint32_t taken_[classes] = {};  // blocks in the runs of each
  slab* regions_ = nullptr;
  std::size_t slabs_ = 0;       // of the newest region,
  std::size_t begun_ = 0;       // and how many of them hold anything
  std::byte* fresh_ = nullptr;  // the part of the newest slab that no size class has taken
  std::byte* end_ = nullptr;
  // Blocks on their way to another pool.
  pool* away_ = nullptr;
  block* away_first_ = nullptr;
  block* away_last_ = nullptr;
  unsigned away_count_ = 0;
  alignas(64) returned_blocks<block> returned_;

  // One with the plugins, whose code is hidden otherwise.
  [[gnu::visibility("default")]] static inline constinit thread_local pool* current_ = nullptr;
};

inline void* pool::allocate(std::size_t size) {
  if (SNOW_ASAN || size > largest) return ::operator new(size);
  std::size_t const c = class_of(size);
  if (block* const b = lists_[c].first) {
    lists_[c].first = b->next;
    return b;
  }
  return refill(c);
}

inline void pool::deallocate(void* p, std::size_t size) noexcept {
  if (SNOW_ASAN || size > largest) return ::operator delete(p);
  pool* const owner = owner_of(p);
  if (owner != current()) return send_home(*owner, p, size);
  free_list& list = owner->lists_[class_of(size)];
  auto* const b = new (p) block;
  b->next = list.first;
  list.first = b;
}

}  // namespace snow
