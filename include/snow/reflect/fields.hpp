#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "snow/reflect/with_fields.hpp"

namespace snow {

namespace detail {

/// Turns into any field, but not into the aggregate itself (that would be a copy).
template <class Aggregate>
struct any_field {
  template <class T>
  requires(!std::same_as<std::remove_cvref_t<T>, Aggregate>) operator T() const noexcept;
};

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires {
    T{(static_cast<void>(I), any_field<T>{})...};
  };
}
template <class T, std::size_t N>
consteval bool takes() {
  return takes<T>(std::make_index_sequence<N>{});
}

/// Whether, with `Before` fields given one by one and the next as a whole, `After` more fit.
template <class T, std::size_t... I, std::size_t... J>
consteval bool takes_whole(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires {
    T{(static_cast<void>(I), any_field<T>{})..., {}, (static_cast<void>(J), any_field<T>{})...};
  };
}
template <class T, std::size_t Before, std::size_t After>
consteval bool takes_whole() {
  return takes_whole<T>(std::make_index_sequence<Before>{}, std::make_index_sequence<After>{});
}

/// The largest N in [Low, High) for which `takes`.
template <class T, std::size_t Low, std::size_t High>
consteval std::size_t most_initializers() {
  if constexpr (High - Low <= 1) {
    return Low;
  } else if constexpr (takes<T, (Low + High) / 2>()) {
    return most_initializers<T, (Low + High) / 2, High>();
  } else {
    return most_initializers<T, Low, (Low + High) / 2>();
  }
}
template <class T, std::size_t Reached = 1>
consteval std::size_t gallop() {
  if constexpr (takes<T, Reached>()) {
    return gallop<T, Reached * 2>();
  } else {
    return most_initializers<T, Reached / 2, Reached>();
  }
}
/// How many initializers a C array at `At` swallows: the rest that fits behind it tells.
template <class T, std::size_t At, std::size_t Low, std::size_t High>
consteval std::size_t most_behind() {
  if constexpr (High - Low <= 1) {
    return Low;
  } else if constexpr (takes_whole<T, At, (Low + High) / 2>()) {
    return most_behind<T, At, (Low + High) / 2, High>();
  } else {
    return most_behind<T, At, Low, (Low + High) / 2>();
  }
}

template <class T, std::size_t All, std::size_t At = 0, std::size_t Found = 0>
consteval std::size_t count_fields() {
  if constexpr (At >= All) {
    return Found;
  } else if constexpr (takes_whole<T, At, All - At - 1>()) {
    return count_fields<T, All, At + 1, Found + 1>();
  } else {
    constexpr std::size_t behind = most_behind<T, At, 0, All - At - 1>();
    return count_fields<T, All, All - behind, Found + 1>();
  }
}

}  // namespace detail

/// An aggregate whose fields can be told.
template <class T>
concept reflectable = std::is_aggregate_v<T> && std::is_class_v<T> && !std::is_union_v<T>;

/// How many fields an aggregate has. A C array is one field. O(log fields) instantiations.
template <reflectable T>
inline constexpr std::size_t field_count = std::is_empty_v<T>
                                               ? 0
                                               : detail::count_fields<T, detail::gallop<T>()>();

/// Calls `f(field...)` with all fields of `value`, in the order of their declaration.
template <class T, class F>
requires reflectable<std::remove_cv_t<T>>
constexpr decltype(auto) visit_fields(T& value, F&& f) {
  return detail::with_fields<field_count<std::remove_cv_t<T>>>(value, std::forward<F>(f));
}

}  // namespace snow
