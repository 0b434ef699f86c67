#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace snow::detail {

/// By folded multiplication, as in wyhash (Wang Yi) and, with one multiplication at the end, foldhash (Orson
/// Peters): 16 bytes a step. What is left at the end overlaps what came before, so that no step reads fewer.
inline std::uint64_t hash_of_name(std::string_view name) noexcept {
  __extension__ using wide = unsigned __int128;
  auto const fold = [](std::uint64_t a, std::uint64_t b) {
    wide const product = wide{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  auto const read = [&]<class Word>(Word word, std::size_t at) -> std::uint64_t {
    std::memcpy(&word, name.data() + at, sizeof word);
    return word;
  };
  std::size_t const n = name.size();
  std::uint64_t h = 0x9E3779B97F4A7C15u ^ n;
  std::uint64_t first = 0, last = 0;
  if (n >= 16) {
    for (std::size_t at = 0; at + 16 < n; at += 16)
      h = fold(read(std::uint64_t{}, at) ^ 0xD6E8FEB86659FD93u, read(std::uint64_t{}, at + 8) ^ h);
    first = read(std::uint64_t{}, n - 16);
    last = read(std::uint64_t{}, n - 8);
  } else if (n >= 8) {
    first = read(std::uint64_t{}, 0);
    last = read(std::uint64_t{}, n - 8);
  } else if (n >= 4) {
    first = read(std::uint32_t{}, 0);
    last = read(std::uint32_t{}, n - 4);
  } else if (n > 0) {
    first = read(std::uint8_t{}, 0) << 8 | read(std::uint8_t{}, n - 1);
    last = read(std::uint8_t{}, n / 2);
  }
  return fold(first ^ 0xD6E8FEB86659FD93u, last ^ h);
}

/// Records by name, added and never removed: open addressing, linear probing, eight bytes a slot. Readers
/// take no lock and never wait; writers exclude each other. Nothing is ever freed, since a reader may look
/// into it.
///
/// A `Record` has `std::string_view name()`, and a member `next` for the index's own use, an
/// `Atomic<Record*>` that is null.
template <class Record, template <class> class Atomic = std::atomic, std::size_t Chunk = 256,
          std::size_t FirstSlots = 64>
class name_index {
 public:
  constexpr name_index() = default;

  /// Any thread, wait-free, O(1) on average: the first record of that name that is `wanted`, or null.
  template <class Wanted>
  const Record* find(std::string_view name, Wanted wanted) const noexcept {
    auto const* const s = slots_.load(std::memory_order_acquire);
    if (!s) return nullptr;
    const Record* r;
    slot_for(*s, name, hash_of_name(name), r);
    while (r && !wanted(*r)) r = r->next.load(std::memory_order_acquire);
    return r;
  }

  /// Writer: of all records of one name, in the order in which they were added.
  template <class F>
  void each_of(std::string_view name, F f) {
    auto* const s = slots_.load(std::memory_order_relaxed);
    if (!s) return;
    const Record* first;
    each_from(slot_for(*s, name, hash_of_name(name), first), f);
  }
  /// Writer: of all, those of one name together.
  template <class F>
  void each(F f) const {
    auto const* const s = slots_.load(std::memory_order_relaxed);
    for (std::size_t k = 0; s && k <= s->mask; ++k) each_from(s->all[k], f);
  }
  /// Writer: a record that `fill` has made one of that name. `last` is the last of the name until now, null
  /// if it is the first.
  template <class Fill>
  void add(std::string_view name, Record* last, Fill fill);

 private:
  using slot = Atomic<std::uint64_t>;  // 16 bits of the hash, 48 of a record's address; 0: free
  struct slots {
    std::size_t mask;
    std::unique_ptr<slot[]> all;
    slots* older;  // readers may still look into it; all of them together are smaller than the newest
  };
  struct chunk {
    chunk* older;
    Record all[Chunk];
  };
  // Linux gives a program no address beyond them, unless it asks for one.
  static constexpr std::uint64_t address_bits = (std::uint64_t{1} << 48) - 1;

  static Record* record_in(std::uint64_t s) noexcept {
    return reinterpret_cast<Record*>(static_cast<std::uintptr_t>(s & address_bits));
  }
  static std::uint64_t tag_of(std::uint64_t hash) noexcept { return hash & ~address_bits; }

  /// The slot of that name, or the free one where it belongs. Its first record is in `there`, null if it was
  /// free: for readers that alone counts, since a writer may fill the slot meanwhile.
  static slot& slot_for(const slots& s, std::string_view name, std::uint64_t hash,
                        const Record*& there) noexcept {
    for (std::size_t k = static_cast<std::size_t>(hash) & s.mask;; k = (k + 1) & s.mask) {
      std::uint64_t const in = s.all[k].load(std::memory_order_acquire);
      there = record_in(in);
      if (!there || (tag_of(in) == tag_of(hash) && there->name() == name)) return s.all[k];
    }
  }
  template <class F>
  static void each_from(const slot& s, F& f) {
    for (Record* r = record_in(s.load(std::memory_order_relaxed)); r;
         r = r->next.load(std::memory_order_relaxed))
      f(*r);
  }
  Record& make_record();
  slots& room_for_one_more();

  Atomic<slots*> slots_ = nullptr;
  chunk* chunks_ = nullptr;  // the newest
  std::size_t left_ = 0;     // records in it that were not made yet
  std::size_t names_ = 0;
};

template <class Record, template <class> class Atomic, std::size_t Chunk, std::size_t FirstSlots>
Record& name_index<Record, Atomic, Chunk, FirstSlots>::make_record() {
  if (left_ == 0) {
    chunks_ = new chunk{chunks_, {}};
    left_ = Chunk;
  }
  return chunks_->all[Chunk - left_--];
}

template <class Record, template <class> class Atomic, std::size_t Chunk, std::size_t FirstSlots>
auto name_index<Record, Atomic, Chunk, FirstSlots>::room_for_one_more() -> slots& {
  slots* const old = slots_.load(std::memory_order_relaxed);
  if (old && (names_ + 1) * 4 <= (old->mask + 1) * 3) return *old;
  std::size_t const size = old ? 2 * (old->mask + 1) : FirstSlots;
  auto* const grown = new slots{size - 1, std::make_unique<slot[]>(size), old};
  for (std::size_t k = 0; old && k <= old->mask; ++k)
    if (std::uint64_t const s = old->all[k].load(std::memory_order_relaxed); s != 0) {
      auto const name = record_in(s)->name();
      const Record* none;
      slot_for(*grown, name, hash_of_name(name), none).store(s, std::memory_order_relaxed);
    }
  slots_.store(grown, std::memory_order_release);  // release: readers see what it holds
  return *grown;
}

template <class Record, template <class> class Atomic, std::size_t Chunk, std::size_t FirstSlots>
template <class Fill>
void name_index<Record, Atomic, Chunk, FirstSlots>::add(std::string_view name, Record* last, Fill fill) {
  Record& made = make_record();
  fill(made);
  // release: readers see the whole record
  if (last) {
    last->next.store(&made, std::memory_order_release);
  } else {
    auto const address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&made));
    if (address > address_bits)
      throw std::length_error("snow: this system's addresses have more than 48 bits");
    std::uint64_t const h = hash_of_name(name);
    const Record* none;
    slot_for(room_for_one_more(), name, h, none).store(tag_of(h) | address, std::memory_order_release);
    ++names_;
  }
}

}  // namespace snow::detail
