#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/registry/function.hpp"
#include "snow/registry/module.hpp"

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
  std::uint32_t line;
  std::atomic<std::uint32_t> next = 0;  ///< of the same name
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

/// All functions by name: open addressing, linear probing, four bytes a slot. Readers take no lock and never
/// wait; writers (static initialisers, the loading and unloading of libraries) exclude each other.
class function_table {
 public:
  using state = function_record::state;

  constexpr function_table() = default;

  /// Wait-free; O(1) on average. The record stays readable for ever.
  const function_record* find(std::string_view name) const noexcept {
    auto const* const s = slots_.load(std::memory_order_acquire);
    if (!s) return nullptr;
    std::uint32_t there;
    slot_for(*s, name, hash(name), there);
    for (std::uint32_t i = index_in(there); i != 0;) {
      function_record& r = at(i);
      if (r.is.load(std::memory_order_acquire) == state::active) return &r;
      i = r.next.load(std::memory_order_acquire);
    }
    return nullptr;
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
    auto const* const s = slots_.load(std::memory_order_relaxed);
    for (std::size_t k = 0; s && k <= s->mask; ++k)
      for (std::uint32_t i = index_in(s->all[k].load(std::memory_order_relaxed)); i != 0;
           i = at(i).next.load(std::memory_order_relaxed))
        f(at(i));
  }
  template <class F>
  void each_module(F&& f) const {
    for (auto* m = modules_.load(std::memory_order_acquire); m; m = m->next) f(*m);
  }

  static bool same_function(const function_record& a, const function_record& b) {
    return same_place(a, b.file, b.line, b.fingerprint()) || address_of(a) == address_of(b);
  }

 private:
  using slot = std::atomic<std::uint32_t>;  // 8 bits of the hash, 24 of the index; 0: free
  struct slots {
    std::size_t mask;
    std::unique_ptr<slot[]> all;
    slots* older;  // readers may still look into it; all of them together are smaller than the newest
  };
  static constexpr std::uint32_t index_mask = 0xFFFFFF;
  static constexpr std::uint32_t first_chunk = 256;

  static std::uint32_t index_in(std::uint32_t s) noexcept { return s & index_mask; }
  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 56) << 24;
  }
  static std::uint64_t hash(std::string_view name) noexcept;
  static bool same_place(const function_record& r, std::string_view file, std::uint32_t line,
                         std::uint64_t fingerprint) noexcept {
    return r.line == line && r.file == file && r.fingerprint() == fingerprint;
  }
  static const void* address_of(const function_record& r) noexcept {
    // Of a function that is taken back nothing is left to be compared with.
    return r.is.load(std::memory_order_relaxed) == state::gone ? &r : r.constants->address();
  }

  /// Records lie in chunks that double in size, and never move.
  function_record& at(std::uint32_t index) const noexcept {
    std::uint32_t const i = index - 1;
    auto const chunk = static_cast<unsigned>(std::bit_width(i / first_chunk + 1)) - 1;
    return chunks_[chunk].load(std::memory_order_acquire)[i - first_chunk * ((1u << chunk) - 1)];
  }
  std::uint32_t make_record();
  /// The slot of that name, or the free one where it belongs. What was in it is in `there`: for readers that
  /// alone counts, since a writer may fill it meanwhile.
  slot& slot_for(const slots& s, std::string_view name, std::uint64_t hash,
                 std::uint32_t& there) const noexcept;
  slots& room_for_one_more();
  static const function_constants* kept_copy(std::string_view name, const char* file,
                                             const function_constants& f);

  std::atomic<slots*> slots_ = nullptr;
  std::atomic<function_record*> chunks_[17] = {};
  std::atomic<loaded_module*> modules_ = nullptr;
  mutable spin_lock writing_;
  std::uint32_t records_ = 0;
  std::uint32_t names_ = 0;
};

/// By folded multiplication, as in wyhash (Wang Yi): 16 bytes a step. What is left at the end overlaps what
/// came before, so that no step reads fewer.
inline std::uint64_t function_table::hash(std::string_view name) noexcept {
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

inline function_table::slot& function_table::slot_for(const slots& s, std::string_view name,
                                                      std::uint64_t hash,
                                                      std::uint32_t& there) const noexcept {
  for (std::size_t k = static_cast<std::size_t>(hash >> 8) & s.mask;; k = (k + 1) & s.mask) {
    there = s.all[k].load(std::memory_order_acquire);
    if (there == 0 || ((there & ~index_mask) == tag_of(hash) && at(index_in(there)).name() == name))
      return s.all[k];
  }
}

inline std::uint32_t function_table::make_record() {
  if (records_ == index_mask) throw std::length_error("snow: too many functions are registered");
  std::uint32_t const i = records_;
  auto const chunk = static_cast<unsigned>(std::bit_width(i / first_chunk + 1)) - 1;
  if (!chunks_[chunk].load(std::memory_order_relaxed))
    // release: whoever finds an index in a slot finds the chunk too
    chunks_[chunk].store(static_cast<function_record*>(
                             ::operator new(sizeof(function_record) * (std::size_t{first_chunk} << chunk))),
                         std::memory_order_release);
  new (&at(i + 1)) function_record;
  return records_ = i + 1;
}

inline function_table::slots& function_table::room_for_one_more() {
  slots* const old = slots_.load(std::memory_order_relaxed);
  if (old && (names_ + 1) * 4 <= (old->mask + 1) * 3) return *old;
  std::size_t const size = old ? 2 * (old->mask + 1) : 64;
  auto* const grown = new slots{size - 1, std::make_unique<slot[]>(size), old};
  for (std::size_t k = 0; old && k <= old->mask; ++k)
    if (std::uint32_t const s = old->all[k].load(std::memory_order_relaxed); s != 0) {
      auto const name = at(index_in(s)).name();
      std::uint32_t none;
      slot_for(*grown, name, hash(name), none).store(s, std::memory_order_relaxed);
    }
  slots_.store(grown, std::memory_order_release);  // release: readers see what it holds
  return *grown;
}

inline const function_constants* function_table::kept_copy(std::string_view name, const char* file,
                                                           const function_constants& f) {
  auto* const kept = new kept_constants{f, std::string{name}, file, f.signature()};
  kept->signature = nullptr;
  return kept;
}

inline bool function_table::add(loaded_module& m, std::string_view name, function_kind kind, const char* file,
                                std::uint32_t line, const function_constants& f) {
  std::lock_guard const alone{writing_};
  std::uint64_t const h = hash(name);
  std::uint32_t there;
  slot& s = slot_for(room_for_one_more(), name, h, there);
  std::uint64_t const fingerprint = combined_fingerprint(kind, f.parameters, f.result);

  function_record *back = nullptr, *last = nullptr;
  bool taken = false;
  for (std::uint32_t i = index_in(there); i != 0;) {
    function_record& r = at(i);
    bool const gone = r.is.load(std::memory_order_relaxed) == state::gone;
    bool const same = same_place(r, file, line, fingerprint) || (!gone && address_of(r) == f.address());
    if (!gone && same && r.module == m.id) {
      if (r.registrations != std::numeric_limits<std::uint16_t>::max()) ++r.registrations;
      return r.is.load(std::memory_order_relaxed) == state::active;
    }
    if (gone && r.module == m.id && same_place(r, file, line, fingerprint)) back = &r;
    if (r.is.load(std::memory_order_relaxed) == state::active && !same) taken = true;
    last = &r;
    i = r.next.load(std::memory_order_relaxed);
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

  std::uint32_t const made = make_record();
  function_record& r = at(made);
  r.constants = m.is_program() ? &f : kept_copy(name, file, f);
  r.name_text = m.is_program() ? name.data() : static_cast<const kept_constants*>(r.constants)->name.data();
  r.file = m.is_program() ? file : static_cast<const kept_constants*>(r.constants)->file.c_str();
  r.line = line;
  r.name_size = static_cast<std::uint16_t>(name.size());
  r.module = m.id;
  r.kind = kind;
  r.is.store(becomes, std::memory_order_relaxed);
  if (last) {
    last->next.store(made, std::memory_order_release);  // release: readers see the whole record
  } else {
    ++names_;
    s.store(tag_of(h) | made, std::memory_order_release);
  }
  return !taken;
}

inline void function_table::take_back(loaded_module& m) noexcept {
  std::lock_guard const alone{writing_};
  for (std::uint32_t i = 1; i <= records_; ++i)
    if (at(i).module == m.id) at(i).is.store(state::gone, std::memory_order_release);
  m.mapped.store(false, std::memory_order_release);
}

inline loaded_module& function_table::module_of(const void* address, bool plugin) {
  std::string path = module_at(address);  // before the lock: it waits for the loader
  std::lock_guard const alone{writing_};
  loaded_module* const newest = modules_.load(std::memory_order_relaxed);
  for (auto* m = newest; m; m = m->next)
    if (m->path == path) {
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

/// The one global of snow, shared by the program and its plugins.
[[gnu::visibility("default")]] inline constinit function_table functions_of_process;

}  // namespace snow::detail
