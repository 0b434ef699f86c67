#pragma once

#include <concepts>

#include "snow/codec/serializable.hpp"

namespace snow::detail {

template <class T, class... Outer, class... Part>
consteval bool parts_copy(types<Part...>);
/// A vector says that it can be copied, whatever is in it.
template <class T, class... Outer>
consteval bool can_copy() {
  if constexpr (!std::copy_constructible<T> || (std::same_as<T, Outer> || ...)) {
    return std::copy_constructible<T>;
  } else {
    return parts_copy<T, Outer...>(parts_of<T>());
  }
}
template <class T, class... Outer, class... Part>
consteval bool parts_copy(types<Part...>) {
  return (can_copy<Part, T, Outer...>() && ...);
}

}  // namespace snow::detail
