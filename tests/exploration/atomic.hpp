#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "exploration/explorer.hpp"

namespace exploration {

/// Stands in for `std::atomic` in a scenario.
template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));

 public:
  atomic() : atomic(T{}) {}
  atomic(T value) : number_{world().model().make(world().running(), bits(value))} {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(order o = order::seq_cst, place where = place::current()) const {
    auto& e = begin(where);
    o = e.effective(where, "load", 0, o);
    std::size_t const i =
        e.choose_store(e.model().oldest(e.running(), number_, o), e.model().newest(number_));
    return read(i, o, where);
  }
  void store(T value, order o = order::seq_cst, place where = place::current()) {
    auto& e = begin(where);
    o = e.effective(where, "store", 0, o);
    e.model().write(e.running(), number_, bits(value), o);
    if (e.tells()) e.tell(where, fmt::format("#{} = {} ({})", number_, e.shown(bits(value)), name(o)));
  }
  T exchange(T value, order o = order::seq_cst, place where = place::current()) {
    return modify([&](T) { return value; }, "exchange", o, where);
  }
  T fetch_add(T value, order o = order::seq_cst, place where = place::current()) {
    return modify([&](T old) { return static_cast<T>(old + value); }, "fetch_add", o, where);
  }
  T fetch_sub(T value, order o = order::seq_cst, place where = place::current()) {
    return modify([&](T old) { return static_cast<T>(old - value); }, "fetch_sub", o, where);
  }
  bool compare_exchange_strong(T& expected, T desired, order success, order failure,
                               place where = place::current()) {
    return compare_exchange(expected, desired, false, success, failure, where);
  }
  bool compare_exchange_weak(T& expected, T desired, order success, order failure,
                             place where = place::current()) {
    return compare_exchange(expected, desired, true, success, failure, where);
  }
  bool compare_exchange_strong(T& expected, T desired, order o = order::seq_cst,
                               place where = place::current()) {
    return compare_exchange(expected, desired, false, o, of_failure(o), where);
  }
  bool compare_exchange_weak(T& expected, T desired, order o = order::seq_cst,
                             place where = place::current()) {
    return compare_exchange(expected, desired, true, o, of_failure(o), where);
  }

 private:
  static explorer& world() noexcept { return explorer::current(); }
  static std::uint64_t bits(T value) noexcept {
    std::uint64_t b = 0;
    std::memcpy(&b, &value, sizeof value);
    return b;
  }
  static T value_of(std::uint64_t b) noexcept {
    T value;
    std::memcpy(&value, &b, sizeof value);
    return value;
  }
  static order of_failure(order o) noexcept {
    return o == order::acq_rel ? order::acquire : o == order::release ? order::relaxed : o;
  }
  static const char* name(order o) noexcept {
    constexpr std::array names{"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
    return names[static_cast<std::size_t>(o)];
  }

  explorer& begin(const place& where) const {
    explorer& e = world();
    e.step();
    if (!e.model().has_happened(e.running(), e.model().made(number_))) {
      if (e.tells()) e.tell(where, fmt::format("#{}", number_));
      e.fail("an atomic is used by a thread that cannot know that it has been made");
    }
    return e;
  }
  T read(std::size_t i, order o, const place& where) const {
    explorer& e = world();
    std::uint64_t const b = e.model().value(number_, i);
    std::size_t const back = e.model().newest(number_) - i;
    e.model().read(e.running(), number_, i, o);
    if (e.tells())
      e.tell(where, fmt::format("#{} is {} ({}){}", number_, e.shown(b), name(o),
                                back == 0 ? "" : fmt::format(", {} stores ago", back)));
    return value_of(b);
  }
  template <class F>
  T modify(F f, std::string_view what, order o, const place& where) {
    explorer& e = begin(where);
    return replace(f, e.effective(where, what, 0, o), where);
  }
  template <class F>
  T replace(F f, order o, const place& where) {
    explorer& e = world();
    std::uint64_t const was = e.model().value(number_, e.model().newest(number_));
    std::uint64_t const is = bits(f(value_of(was)));
    e.model().modify(e.running(), number_, is, o);
    if (e.tells())
      e.tell(where, fmt::format("#{} was {}, = {} ({})", number_, e.shown(was), e.shown(is), name(o)));
    return value_of(was);
  }
  /// What fails is a load, and may read an older store that is not the expected one.
  bool compare_exchange(T& expected, T desired, bool weak, order success, order failure, const place& where) {
    explorer& e = begin(where);
    success = e.effective(where, "compare_exchange", 0, success);
    failure = e.effective(where, "compare_exchange", 1, failure);
    std::size_t const newest = e.model().newest(number_);
    std::size_t i = e.choose_store(e.model().oldest(e.running(), number_, failure), newest);
    if (e.model().value(number_, i) == bits(expected)) i = newest;
    if (e.model().value(number_, i) == bits(expected) && !(weak && e.choose_spurious_failure())) {
      replace([&](T) { return desired; }, success, where);
      return true;
    }
    expected = read(i, failure, where);
    return false;
  }

  std::size_t number_;
};

/// A variable that is no atomic: what two threads do with it must be ordered.
template <class T>
class plain {
 public:
  plain() : plain(T{}) {}
  plain(T value) : value_{value}, written_{now()} {}
  plain(const plain& other) : plain(static_cast<T>(other)) {}
  plain& operator=(const plain& other) { return *this = static_cast<T>(other); }
  plain& operator=(T value) {
    ordered(written_, "written by two threads at a time");
    for (unsigned t = 0; t < view::threads; ++t)
      ordered({t, read_[t]}, "written while another thread reads it");
    written_ = now();
    value_ = value;
    return *this;
  }
  operator T() const {
    ordered(written_, "read while another thread writes it");
    read_[now().thread] = now().when;
    return value_;
  }
  T operator->() const requires std::is_pointer_v<T> { return *this; }

 private:
  static moment now() noexcept {
    explorer& e = explorer::current();
    return e.model().now(e.running());
  }
  void ordered(const moment& m, const char* what) const {
    explorer& e = explorer::current();
    if (!e.model().has_happened(e.running(), m)) e.fail(fmt::format("a plain variable is {}", what));
  }

  T value_;
  moment written_;
  mutable std::array<std::uint16_t, view::threads> read_{};
};

/// Where threads wait: one signal, or any number of them, lets one `wait` return.
class event {
 public:
  void signal(place where = place::current()) {
    explorer& e = explorer::current();
    e.step();
    e.model().hand_on(e.running(), known_);
    is_ = true;
    if (e.tells()) e.tell(where, "signals");
  }
  void wait(place where = place::current()) {
    explorer& e = explorer::current();
    e.step();
    e.wait_until([&] { return is_; }, "event::wait");
    is_ = false;
    e.model().acquire(e.running(), known_);
    if (e.tells()) e.tell(where, "was signalled");
  }

 private:
  bool is_ = false;
  view known_;
};

class mutex {
 public:
  void lock() {
    explorer& e = explorer::current();
    e.step();
    if (e.running() != 0) e.wait_until([&] { return !held_; }, "mutex::lock");
    held_ = true;
    e.model().acquire(e.running(), known_);
  }
  void unlock() {
    explorer& e = explorer::current();
    e.step();
    held_ = false;
    e.model().hand_on(e.running(), known_);
  }

 private:
  bool held_ = false;
  view known_;
};

}  // namespace exploration
