#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "snow/base/error.hpp"
#include "snow/process/handler.hpp"
#include "snow/reflect.hpp"
#include "snow/registry/callable.hpp"

namespace snow::detail {

/// A temporary that GCC 12 would destroy twice inside a `co_await` expression.
template <class T>
concept fragile_temporary =
    !std::is_lvalue_reference_v<T> && std::is_class_v<std::remove_cvref_t<T>> &&
    !std::is_trivially_destructible_v<std::remove_cvref_t<T>> &&
    (std::is_aggregate_v<std::remove_cvref_t<T>> || requires { &std::remove_cvref_t<T>::operator(); });

template <class T>
concept number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;
template <class T>
concept comparable_integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// An argument as its parameter's type: as a call would convert it, but an integer that does not fit is
/// `bad_arguments`, and floating to integral does not compile.
template <class To, class From>
To converted(From&& from) {
  using source = std::remove_cvref_t<From>;
  static_assert(
      !(std::floating_point<source> && std::integral<To>),
      "snow: a floating-point argument for an integral parameter would lose its fraction: convert it "
      "explicitly");
  if constexpr (comparable_integer<source> && comparable_integer<To>) {
    if (!std::in_range<To>(from))
      throw error{errc::bad_arguments, std::to_string(from) + " does not fit a parameter of " +
                                           std::to_string(8 * sizeof(To)) + " bits" +
                                           (std::is_signed_v<To> ? "" : ", unsigned")};
    return static_cast<To>(from);
  } else if constexpr (number<source> && number<To>) {
    return static_cast<To>(from);
  } else {
    return static_cast<To>(std::forward<From>(from));
  }
}

template <class To, class From>
concept converts_to = std::constructible_from<To, From> &&
    (std::convertible_to<From, To> || std::is_class_v<To>);

}  // namespace snow::detail
