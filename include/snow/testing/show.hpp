#pragma once

#include <fmt/core.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "snow/base/format.hpp"
#include "snow/reflect.hpp"

namespace snow::testing {

namespace detail {

template <class T>
concept range = requires(const T& all) {
  all.begin() != all.end();
};

/// Without the namespaces: `deposit`.
inline std::string short_name(std::string_view name) {
  auto const arguments = name.find('<');
  auto const colons = name.substr(0, arguments).rfind("::");
  return std::string{colons == std::string_view::npos ? name : name.substr(colons + 2)};
}

/// `a deposit`, `an order`.
inline std::string with_article(std::string_view name) {
  std::string const shown = short_name(name);
  return (std::string_view{"aeiou"}.find(shown[0]) == std::string_view::npos ? "a " : "an ") + shown;
}

}  // namespace detail

/// A value as the sentences of tests show it: `deposit{5, "rent"}`. What cannot be looked into is its type's
/// name.
template <class T>
std::string show(const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    return std::string{"\""}.append(std::string_view{value}).append("\"");
  } else if constexpr (std::is_enum_v<T> && !fmt::is_formattable<T>::value) {
    return std::to_string(+static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", value);
  } else if constexpr (detail::range<T>) {
    std::string text = "[";
    for (auto const& each : value) text.append(text.size() == 1 ? "" : ", ").append(show(each));
    return text + "]";
  } else if constexpr (requires {
                         *value;
                         value.has_value();
                       }) {
    return value.has_value() ? show(*value) : "none";
  } else if constexpr (reflectable<T>) {
    std::string fields;
    visit_fields(value, [&](auto const&... field) {
      ((fields.append(fields.empty() ? "" : ", ").append(show(field))), ...);
    });
    return detail::short_name(name_of<T>) + "{" + fields + "}";
  } else {
    return detail::short_name(name_of<T>);
  }
}

/// Whether two values are equal: by their `==`, and without one by their elements or fields.
template <class T>
bool equal(const T& a, const T& b) {
  if constexpr (detail::range<T>) {
    auto left = a.begin();
    auto right = b.begin();
    for (; left != a.end() && right != b.end(); ++left, ++right)
      if (!equal(*left, *right)) return false;
    return left == a.end() && right == b.end();
  } else {
    static_assert(
        std::equality_comparable<T> || reflectable<T>,
        "snow: what a test expects is compared: give the type an operator==, or expect<M>(f) a function "
        "that says whether it is good");
    if constexpr (std::equality_comparable<T>) {
      return a == b;
    } else if constexpr (reflectable<T>) {
      return visit_fields(a, [&](auto const&... of_a) {
        return visit_fields(b, [&](auto const&... of_b) { return (equal(of_a, of_b) && ...); });
      });
    }
  }
}

}  // namespace snow::testing
