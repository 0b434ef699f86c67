#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "snow/runtime/cell.hpp"

namespace snow {

/// All slots of a node. Slots are never freed, only used again under the next generation, so a look-up needs
/// neither lock nor reference count: O(1), wait-free, any thread.
template <class Cell, template <class> class Atomic = std::atomic, class Mutex = std::mutex,
          std::uint32_t Smallest = 64, std::size_t Batch = 64>
class basic_actor_table {
 public:
  /// How many slots there can ever be.
  static constexpr std::size_t most = std::size_t{1} << 31;

  /// The living actor of that pid, or null.
  Cell* find(const pid& p) const noexcept {
    Cell* const c = at(p.slot);
    // acquire: pairs with the release by which the slot was opened for this generation.
    return c && c->generation.load(std::memory_order_acquire) == p.generation ? c : nullptr;
  }

  /// Slots on their way between actors, kept by one worker without a lock.
  struct cache {
    Cell* first = nullptr;
    std::size_t count = 0;
  };

  /// A free slot, its mailbox still closed. Who calls sees to it that no more than `most` are held.
  Cell& acquire(cache& mine) {
    if (!mine.first) refill(mine);
    Cell* const c = mine.first;
    mine.first = c->next;
    --mine.count;
    c->next = nullptr;
    return *c;
  }
  void release(cache& mine, Cell& c) noexcept {
    c.next = mine.first;
    mine.first = &c;
    if (++mine.count >= 2 * Batch) give_back(mine);
  }

  /// Slots that were ever used: those below this index may hold actors.
  std::uint32_t size() const noexcept { return made_.load(std::memory_order_acquire); }
  Cell* at(std::uint32_t slot) const noexcept { return slot < size() ? raw(slot) : nullptr; }

  ~basic_actor_table() {
    static_assert(std::is_trivially_destructible_v<Cell>);
    for (auto const& chunk : chunks_)
      ::operator delete (chunk.load(std::memory_order_relaxed), std::align_val_t{64});
  }

 private:
  // Chunk i holds `Smallest << i` slots.
  static constexpr std::size_t smallest_bits = static_cast<std::size_t>(std::bit_width(Smallest)) - 1;

  static std::size_t chunk_of(std::uint32_t slot) noexcept {
    return static_cast<std::size_t>(std::bit_width(std::uint64_t{slot} + Smallest)) - smallest_bits - 1;
  }
  /// Its memory, made or not; null if there is none yet.
  /// relaxed: a chunk is there before the number of slots says so, and whoever asks has acquired that.
  Cell* raw(std::uint32_t slot) const noexcept {
    std::size_t const chunk = chunk_of(slot);
    Cell* const cells = chunks_[chunk].load(std::memory_order_relaxed);
    return cells ? cells + (std::uint64_t{slot} + Smallest - (std::uint64_t{Smallest} << chunk)) : nullptr;
  }

  void refill(cache& mine) {
    std::lock_guard const lock{mutex_};
    while (free_ && mine.count < Batch) {
      Cell* const c = free_;
      free_ = c->next;
      c->next = mine.first;
      mine.first = c;
      ++mine.count;
    }
    while (mine.count == 0 || (mine.count < Batch && fresh_in_chunk())) {
      Cell& c = make();
      c.next = mine.first;
      mine.first = &c;
      ++mine.count;
    }
  }
  bool fresh_in_chunk() const noexcept {
    std::uint32_t const n = made_.load(std::memory_order_relaxed);
    return raw(n) != nullptr;
  }
  Cell& make() {
    std::uint32_t const slot = made_.load(std::memory_order_relaxed);
    if (!raw(slot)) {  // not touched before a slot is made: what is not used costs no memory
      std::size_t const n = std::size_t{Smallest} << chunk_of(slot);
      chunks_[chunk_of(slot)].store(
          static_cast<Cell*>(::operator new (n * sizeof(Cell), std::align_val_t{64})),
          std::memory_order_relaxed);
    }
    auto& c = *new (raw(slot)) Cell;
    c.slot = slot;
    made_.store(slot + 1, std::memory_order_release);
    return c;
  }
  void give_back(cache& mine) noexcept {
    std::lock_guard const lock{mutex_};
    for (std::size_t i = 0; i < Batch; ++i) {
      Cell* const c = mine.first;
      mine.first = c->next;
      c->next = free_;
      free_ = c;
    }
    mine.count -= Batch;
  }

  Atomic<std::uint32_t> made_ = 0;
  std::array<Atomic<Cell*>, 26> chunks_{};
  Mutex mutex_;
  Cell* free_ = nullptr;
};

using actor_table = basic_actor_table<cell>;

}  // namespace snow
