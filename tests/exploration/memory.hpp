#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace exploration {

using order = std::memory_order;

constexpr bool acquires(order o) noexcept {
  return o == order::acquire || o == order::acq_rel || o == order::seq_cst;
}
constexpr bool releases(order o) noexcept {
  return o == order::release || o == order::acq_rel || o == order::seq_cst;
}

/// What somebody knows: how far each thread had come, and, of each atomic, the oldest store that may still be
/// read. To synchronise is to take over what the other side knows.
struct view {
  static constexpr std::size_t threads = 5;  // 0: the scenario's own beginning and end
  static constexpr std::size_t atomics = 59;

  std::array<std::uint16_t, threads + atomics> at{};

  void join(const view& other) noexcept {
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = std::max(at[i], other.at[i]);
  }
};

/// A moment in the life of a thread.
struct moment {
  unsigned thread = 0;
  std::uint16_t when = 0;
};

/// The memory of C++20 for atomics: each keeps all its stores, and a load may read any that coherence, what
/// happens before it and the order of the seq_cst operations do not exclude. Stores are modified in the order
/// in which they are carried out, and that is also the order of seq_cst operations: executions in which
/// either differs (out of two threads that each write two atomics; load buffering) do not exist here. No
/// fences.
///
/// As in promising semantics (Kang et al., POPL 2017), without the promises: a thread has a view, a store
/// hands on its thread's.
class memory {
 public:
  struct store {
    std::uint64_t value;
    view hands_on;  ///< to who acquires it
  };

  void clear() noexcept {
    used_ = 0;
    views_ = {};
  }

  // ---- threads
  const view& of(unsigned thread) const noexcept { return views_[thread]; }
  moment now(unsigned thread) const noexcept { return {thread, views_[thread].at[thread]}; }
  void begin(unsigned thread) noexcept {
    views_[thread].join(views_[0]);
    ++views_[thread].at[thread];
  }
  void acquire(unsigned thread, const view& from) noexcept { views_[thread].join(from); }
  void hand_on(unsigned thread, view& to) noexcept {
    to.join(views_[thread]);
    ++views_[thread].at[thread];  // what it does from now on is not part of it
  }
  bool has_happened(unsigned thread, const moment& m) const noexcept {
    return m.when <= views_[thread].at[m.thread];
  }

  // ---- atomics, by number
  std::size_t make(unsigned thread, std::uint64_t value) {
    if (used_ == view::atomics) throw std::length_error("exploration: too many atomics in one scenario");
    if (used_ == atomics_.size()) atomics_.emplace_back();
    atomic& a = atomics_[used_];
    a.stores.assign(1, {value, {}});
    a.made = now(thread);
    a.seen_in_order = 0;
    return used_++;
  }
  const moment& made(std::size_t a) const noexcept { return atomics_[a].made; }
  std::size_t newest(std::size_t a) const noexcept { return atomics_[a].stores.size() - 1; }
  std::uint64_t value(std::size_t a, std::size_t i) const noexcept { return atomics_[a].stores[i].value; }

  /// The first of the stores that the thread may read now; the newest is the last.
  std::size_t oldest(unsigned thread, std::size_t a, order o) const noexcept {
    std::size_t const known = views_[thread].at[view::threads + a];
    // What a seq_cst operation has read or written, no later one overlooks.
    return o == order::seq_cst ? std::max<std::size_t>(known, atomics_[a].seen_in_order) : known;
  }

  void read(unsigned thread, std::size_t a, std::size_t i, order o) noexcept {
    note(thread, a, i, o);
    if (acquires(o)) acquire(thread, atomics_[a].stores[i].hands_on);
  }
  void write(unsigned thread, std::size_t a, std::uint64_t value, order o) {
    append(thread, a, {value, {}}, o);
  }
  /// Reads the newest and writes the next: what that one handed on, this one does too (a release sequence).
  void modify(unsigned thread, std::size_t a, std::uint64_t value, order o) {
    read(thread, a, newest(a), o);
    append(thread, a, {value, atomics_[a].stores.back().hands_on}, o);
  }

 private:
  struct atomic {
    std::vector<store> stores;
    moment made;
    std::size_t seen_in_order = 0;  // by seq_cst operations, the newest
  };

  void append(unsigned thread, std::size_t a, store s, order o) {
    std::size_t const i = atomics_[a].stores.size();
    note(thread, a, i, o);
    if (releases(o)) hand_on(thread, s.hands_on);
    atomics_[a].stores.push_back(s);
  }
  void note(unsigned thread, std::size_t a, std::size_t i, order o) noexcept {
    views_[thread].at[view::threads + a] = static_cast<std::uint16_t>(i);
    if (o == order::seq_cst) atomics_[a].seen_in_order = std::max(atomics_[a].seen_in_order, i);
  }

  std::array<view, view::threads> views_{};
  std::vector<atomic> atomics_;
  std::size_t used_ = 0;
};

}  // namespace exploration
