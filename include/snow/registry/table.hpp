#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/reflect/name.hpp"
#include "snow/registry/function.hpp"

namespace snow {

/// Two different functions under one name. Which of them would be called nobody can tell, so a node refuses
/// to start.
struct registry_conflict {
  function first;
  function second;
};

namespace detail {

/// One `SNOW_REGISTER` in one translation unit; static, so registering allocates nothing for it.
struct registration {
  function what;
  registration* next = nullptr;  ///< of the same name, in other units
};

/// All functions by name: open addressing, linear probing. Readers take no lock and never wait; writers
/// (static initialisers, plugins) exclude each other by a flag. A table that has become too small stays
/// readable until the process ends: all of them together are at most as large as the last.
class function_table {
 public:
  constexpr function_table() = default;

  void add(registration& r) {
    writing const w{*this};
    table* t = current_.load(std::memory_order_relaxed);
    if (!t || (used_ + 1) * 2 > t->mask + 1) t = grow(t);
    slot& s = probe(*t, r.what.name);
    if (registration* const first = s.first.load(std::memory_order_relaxed)) {
      r.next = first->next;
      first->next = &r;
      if (!same_function(first->what, r.what)) ++conflicts_;
      return;
    }
    if (s.hash.load(std::memory_order_relaxed) == 0) ++used_;
    s.hash.store(hash(r.what.name), std::memory_order_relaxed);
    s.first.store(&r, std::memory_order_release);  // release: readers see the whole registration
  }

  /// Wait-free; O(1) on average.
  const function* find(std::string_view name) const noexcept {
    table* const t = current_.load(std::memory_order_acquire);
    if (!t) return nullptr;
    registration* const r = probe(*t, name).first.load(std::memory_order_acquire);
    return r ? &r->what : nullptr;
  }

  template <class F>
  void each(F&& f) const {
    writing const w{const_cast<function_table&>(*this)};
    table* const t = current_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; t && i <= t->mask; ++i)
      if (registration* const r = t->slots[i].first.load(std::memory_order_relaxed)) f(*r);
  }
  bool in_conflict() const noexcept { return conflicts_ != 0; }

 private:
  struct slot {
    std::atomic<std::uint64_t> hash = 0;
    std::atomic<registration*> first = nullptr;
  };
  struct table {
    std::size_t mask;
    std::unique_ptr<slot[]> slots;
    table* older;
  };
  struct writing {
    explicit writing(function_table& t) noexcept : of{t} {
      while (of.busy_.test_and_set(std::memory_order_acquire)) of.busy_.wait(true, std::memory_order_relaxed);
    }
    ~writing() {
      of.busy_.clear(std::memory_order_release);
      of.busy_.notify_one();
    }
    function_table& of;
  };

  static std::uint64_t hash(std::string_view name) noexcept { return hash_of(name) | 1; }
  /// The slot of that name, or the free one where it belongs.
  static slot& probe(const table& t, std::string_view name) noexcept {
    std::uint64_t const h = hash(name);
    for (std::size_t i = static_cast<std::size_t>(h >> 7) & t.mask;; i = (i + 1) & t.mask) {
      slot& s = t.slots[i];
      std::uint64_t const there = s.hash.load(std::memory_order_acquire);
      if (there == 0) return s;
      if (there != h) continue;
      registration* const r = s.first.load(std::memory_order_acquire);
      if (!r || r->what.name == name) return s;
    }
  }
  table* grow(table* old) {
    std::size_t const size = old ? 2 * (old->mask + 1) : 64;
    auto* const t = new table{size - 1, std::make_unique<slot[]>(size), old};
    for (std::size_t i = 0; old && i <= old->mask; ++i)
      if (registration* const r = old->slots[i].first.load(std::memory_order_relaxed)) {
        slot& s = probe(*t, r->what.name);
        s.hash.store(hash(r->what.name), std::memory_order_relaxed);
        s.first.store(r, std::memory_order_relaxed);
      }
    current_.store(t, std::memory_order_release);
    return t;
  }

  std::atomic<table*> current_ = nullptr;
  std::atomic_flag busy_ = {};
  std::size_t used_ = 0;
  std::size_t conflicts_ = 0;
};

/// The one global of snow, shared by the program and its plugins.
[[gnu::visibility("default")]] inline constinit function_table functions_of_process;

}  // namespace detail

/// A function that was found; null if there is none.
class function_ref {
 public:
  function_ref() = default;
  explicit function_ref(const function* f) noexcept : function_{f} {}
  explicit operator bool() const noexcept { return function_ != nullptr; }
  const function* operator->() const noexcept { return function_; }
  const function& operator*() const noexcept { return *function_; }

 private:
  const function* function_ = nullptr;
};

/// Any thread. Wait-free.
inline function_ref find_function(std::string_view name) noexcept {
  return function_ref{detail::functions_of_process.find(name)};
}

/// All registered functions, each once.
inline std::vector<function> functions() {
  std::vector<function> all;
  detail::functions_of_process.each([&](const detail::registration& r) { all.push_back(r.what); });
  return all;
}

/// The names that two different functions claim.
inline std::vector<registry_conflict> registry_conflicts() {
  std::vector<registry_conflict> found;
  if (!detail::functions_of_process.in_conflict()) return found;
  detail::functions_of_process.each([&](const detail::registration& first) {
    for (auto const* r = first.next; r; r = r->next)
      if (!same_function(first.what, r->what)) found.push_back({first.what, r->what});
  });
  return found;
}

}  // namespace snow
