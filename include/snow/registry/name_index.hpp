#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>

namespace snow::detail {

/// By folded multiplication, as in wyhash (Wang Yi): 16 bytes a step. What is left at the end overlaps what
/// came before, so that no step reads fewer.
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
  return fold(fold(first ^ 0xD6E8FEB86659FD93u, last ^ h), 0xC2B2AE3D27D4EB4Fu);
}

/// Records by name, added and never removed: open addressing, linear probing, four bytes a slot. Readers take
/// no lock and never wait; writers exclude each other. Nothing is ever freed, since a reader may look into
/// it.
///
/// A `Record` has `std::string_view name()`, and a member `next` for the index's own use, an
/// `Atomic<std::uint32_t>` that is 0.
template <class Record, template <class> class Atomic = std::atomic, std::uint32_t FirstChunk = 256,
          std::size_t FirstSlots = 64>
class name_index {
 public:
  constexpr name_index() = default;

  /// Any thread, wait-free, O(1) on average: the first record of that name that is `wanted`, or null.
  template <class Wanted>
  const Record* find(std::string_view name, Wanted wanted) const noexcept {
    auto const* const s = slots_.load(std::memory_order_acquire);
    if (!s) return nullptr;
    std::uint32_t there;
    slot_for(*s, name, hash_of_name(name), there);
    for (std::uint32_t i = index_in(there); i != 0;) {
      Record& r = at(i);
      if (wanted(r)) return &r;
      i = r.next.load(std::memory_order_acquire);
    }
    return nullptr;
  }

  /// Writer: of all records of one name, in the order in which they were added.
  template <class F>
  void each_of(std::string_view name, F f) {
    auto* const s = slots_.load(std::memory_order_relaxed);
    if (!s) return;
    std::uint32_t there;
    slot_for(*s, name, hash_of_name(name), there);
    for (std::uint32_t i = index_in(there); i != 0; i = at(i).next.load(std::memory_order_relaxed)) f(at(i));
  }
  /// Writer: of all, those of one name together.
  template <class F>
  void each(F f) const {
    auto const* const s = slots_.load(std::memory_order_relaxed);
    for (std::size_t k = 0; s && k <= s->mask; ++k)
      for (std::uint32_t i = index_in(s->all[k].load(std::memory_order_relaxed)); i != 0;
           i = at(i).next.load(std::memory_order_relaxed))
        f(at(i));
  }
  /// Writer: a record that `fill` has made one of that name. `last` is the last of the name until now, null
  /// if it is the first.
  template <class Fill>
  void add(std::string_view name, Record* last, Fill fill);

 private:
  using slot = Atomic<std::uint32_t>;  // 8 bits of the hash, 24 of the index; 0: free
  struct slots {
    std::size_t mask;
    std::unique_ptr<slot[]> all;
    slots* older;  // readers may still look into it; all of them together are smaller than the newest
  };
  static constexpr std::uint32_t index_mask = 0xFFFFFF;

  static std::uint32_t index_in(std::uint32_t s) noexcept { return s & index_mask; }
  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 56) << 24;
  }
  /// Records lie in chunks that double in size, and never move.
  /// relaxed: an index is published after its chunk was made, and whoever has it has acquired it.
  static unsigned chunk_of(std::uint32_t i) noexcept {
    return static_cast<unsigned>(std::bit_width(i / FirstChunk + 1)) - 1;
  }
  Record& at(std::uint32_t index) const noexcept {
    std::uint32_t const i = index - 1;
    unsigned const chunk = chunk_of(i);
    return chunks_[chunk].load(std::memory_order_relaxed)[i - FirstChunk * ((1u << chunk) - 1)];
  }

  /// The slot of that name, or the free one where it belongs. What was in it is in `there`: for readers that
  /// alone counts, since a writer may fill it meanwhile.
  slot& slot_for(const slots& s, std::string_view name, std::uint64_t hash,
                 std::uint32_t& there) const noexcept {
    for (std::size_t k = static_cast<std::size_t>(hash >> 8) & s.mask;; k = (k + 1) & s.mask) {
      there = s.all[k].load(std::memory_order_acquire);
      if (there == 0 || ((there & ~index_mask) == tag_of(hash) && at(index_in(there)).name() == name))
        return s.all[k];
    }
  }
  std::uint32_t make_record();
  slots& room_for_one_more();

  Atomic<slots*> slots_ = nullptr;
  Atomic<Record*> chunks_[17] = {};
  std::uint32_t records_ = 0;
  std::uint32_t names_ = 0;
};

template <class Record, template <class> class Atomic, std::uint32_t FirstChunk, std::size_t FirstSlots>
std::uint32_t name_index<Record, Atomic, FirstChunk, FirstSlots>::make_record() {
  if (records_ == index_mask) throw std::length_error("snow: too many functions are registered");
  std::uint32_t const i = records_;
  unsigned const chunk = chunk_of(i);
  if (!chunks_[chunk].load(std::memory_order_relaxed))
    chunks_[chunk].store(
        static_cast<Record*>(::operator new(sizeof(Record) * (std::size_t{FirstChunk} << chunk))),
        std::memory_order_relaxed);
  new (&at(i + 1)) Record;
  return records_ = i + 1;
}

template <class Record, template <class> class Atomic, std::uint32_t FirstChunk, std::size_t FirstSlots>
auto name_index<Record, Atomic, FirstChunk, FirstSlots>::room_for_one_more() -> slots& {
  slots* const old = slots_.load(std::memory_order_relaxed);
  if (old && (names_ + 1) * 4 <= (old->mask + 1) * 3) return *old;
  std::size_t const size = old ? 2 * (old->mask + 1) : FirstSlots;
  auto* const grown = new slots{size - 1, std::make_unique<slot[]>(size), old};
  for (std::size_t k = 0; old && k <= old->mask; ++k)
    if (std::uint32_t const s = old->all[k].load(std::memory_order_relaxed); s != 0) {
      auto const name = at(index_in(s)).name();
      std::uint32_t none;
      slot_for(*grown, name, hash_of_name(name), none).store(s, std::memory_order_relaxed);
    }
  slots_.store(grown, std::memory_order_release);  // release: readers see what it holds
  return *grown;
}

template <class Record, template <class> class Atomic, std::uint32_t FirstChunk, std::size_t FirstSlots>
template <class Fill>
void name_index<Record, Atomic, FirstChunk, FirstSlots>::add(std::string_view name, Record* last, Fill fill) {
  std::uint32_t const made = make_record();
  fill(at(made));
  // release: readers see the whole record
  if (last) {
    last->next.store(made, std::memory_order_release);
  } else {
    std::uint64_t const h = hash_of_name(name);
    std::uint32_t none;
    slot_for(room_for_one_more(), name, h, none).store(tag_of(h) | made, std::memory_order_release);
    ++names_;
  }
}

}  // namespace snow::detail
