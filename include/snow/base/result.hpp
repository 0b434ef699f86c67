#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "snow/base/error.hpp"

namespace snow {

/// A value or a `snow::error`, with the members of `std::expected` (C++23), for code that does not throw.
/// `value()` throws the error itself. `*r` on an error is undefined, as in `std::expected`.
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;
  using error_type = snow::error;

  result() requires std::default_initializable<T> : value_(), good_{true} {}
  template <class U = T>
  requires(std::constructible_from<T, U> && !std::same_as<std::remove_cvref_t<U>, result> &&
           !std::same_as<std::remove_cvref_t<U>, snow::error>) result(U&& value)
      : value_(std::forward<U>(value)), good_{true} {}
  template <class... Args>
  explicit result(std::in_place_t, Args&&... args) : value_(std::forward<Args>(args)...), good_{true} {}
  result(snow::error e) : error_{std::move(e)}, good_{false} {}

  result(const result& other) requires std::copy_constructible<T> : good_{other.good_} {
    if (good_)
      new (std::addressof(value_)) T(other.value_);
    else
      new (&error_) snow::error{other.error_};
  }
  result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) requires std::move_constructible<T>
      : good_{other.good_} {
    if (good_)
      new (std::addressof(value_)) T(std::move(other.value_));
    else
      new (&error_) snow::error{std::move(other.error_)};
  }
  result& operator=(result other) noexcept requires std::is_nothrow_move_constructible_v<T> {
    this->~result();
    return *new (this) result{std::move(other)};
  }
  result& operator=(snow::error e) noexcept {
    this->~result();
    return *new (this) result{std::move(e)};
  }
  ~result() {
    if (good_)
      value_.~T();
    else
      error_.~error();
  }

  bool has_value() const noexcept { return good_; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & noexcept { return value_; }
  const T& operator*() const& noexcept { return value_; }
  T&& operator*() && noexcept { return std::move(value_); }
  T* operator->() noexcept { return std::addressof(value_); }
  const T* operator->() const noexcept { return std::addressof(value_); }

  T& value() & { return check(), **this; }
  const T& value() const& { return check(), **this; }
  T&& value() && { return check(), std::move(**this); }
  const snow::error& error() const& noexcept { return error_; }
  snow::error&& error() && noexcept { return std::move(error_); }

  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(other));
  }
  template <class U>
  T value_or(U&& other) && {
    return has_value() ? std::move(**this) : static_cast<T>(std::forward<U>(other));
  }

  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (has_value()) return std::invoke(std::forward<F>(f), std::move(**this));
    return std::move(*this).error();
  }
  template <class F>
  auto transform(F&& f) && -> result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) return std::move(*this).error();
    if constexpr (std::is_void_v<std::invoke_result_t<F, T&&>>) {
      std::invoke(std::forward<F>(f), std::move(**this));
      return {};
    } else {
      return std::invoke(std::forward<F>(f), std::move(**this));
    }
  }
  template <class F>
  result or_else(F&& f) && {
    if (has_value()) return std::move(*this);
    return std::invoke(std::forward<F>(f), std::move(*this).error());
  }

 private:
  void check() const {
    if (!has_value()) throw error();
  }
  // A union instead of optionals or a variant: it compiles in a fraction of their time.
  union {
    T value_;
    snow::error error_;
  };
  bool good_;
};

template <>
class [[nodiscard]] result<void> : public result<std::monostate> {
 public:
  using value_type = void;
  using result<std::monostate>::result;
  void operator*() const noexcept {}
  void value() const { (void)result<std::monostate>::value(); }
};

}  // namespace snow
