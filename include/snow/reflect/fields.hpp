#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "snow/reflect/takes_fields.hpp"
#include "snow/reflect/with_fields.hpp"

namespace snow {

inline constexpr std::size_t most_fields = 64;

/// Why the fields of an aggregate cannot be told.
enum class field_fault { none, base_class, no_default, too_many, union_type, bit_field };

namespace detail {

/// Turns into a base class of the aggregate, and into nothing else.
template <class Aggregate>
struct any_base {
  template <class T>
  requires(std::is_base_of_v<T, Aggregate> && !std::same_as<T, Aggregate>) operator T() const noexcept;
};
/// Turns into any field.
struct any_field {
  template <class T>
  operator T() const noexcept;
};
struct any_reference {
  template <class T>
  operator T&() const noexcept;
};
struct any_union {
  template <class T>
  requires std::is_union_v<T>
  operator T() const noexcept;
};
/// Turns into nothing: what takes it takes everything.
struct no_field {};

template <class T>
consteval bool has_base() {
  return takes_fields<T, 0, any_base<T>>() && !takes_fields<T, 0, no_field>();
}

template <class T, std::size_t I>
consteval bool has_union_at() {
  if constexpr (takes_fields<T, I, any_union>()) {
    return !takes_fields<T, I, no_field>();
  } else {
    return false;
  }
}
/// An anonymous one among the fields makes structured bindings an error.
template <class T, std::size_t... I>
consteval bool has_union(std::index_sequence<I...>) {
  return (has_union_at<T, I>() || ...);
}

/// The largest N in [Low, High) of fields that can start empty.
template <class T, std::size_t Low, std::size_t High>
consteval std::size_t count_between() {
  if constexpr (High - Low <= 1) {
    return Low;
  } else if constexpr (takes_fields<T, (Low + High) / 2>()) {
    return count_between<T, (Low + High) / 2, High>();
  } else {
    return count_between<T, Low, (Low + High) / 2>();
  }
}
template <class T, std::size_t Reached = 4>
consteval std::size_t count_fields() {
  if constexpr (Reached > most_fields) {
    return count_between<T, Reached / 2, most_fields + 2>();
  } else if constexpr (takes_fields<T, Reached>()) {
    return count_fields<T, Reached * 2>();
  } else {
    return count_between < T, Reached == 4 ? 0 : Reached / 2, Reached > ();
  }
}

template <class... T>
struct types {};
/// `void` where one is a bit-field.
template <class T, std::size_t N>
using bound_fields =
    decltype(with_fields<N>(std::declval<T&>(), []<class... Field>(Field&...) { return types<Field...>{}; }));

struct told_fields {
  field_fault fault = field_fault::none;
  std::size_t count = 0;
};
template <class T>
consteval told_fields tell_fields() {
  if constexpr (!takes_fields<T, 0>()) {
    return {field_fault::no_default};
  } else if constexpr (has_base<T>()) {
    return {field_fault::base_class};
  } else if constexpr (constexpr std::size_t n = std::is_empty_v<T> ? 0 : count_fields<T>();
                       n > most_fields) {
    return {field_fault::too_many};
  } else if constexpr (takes_fields<T, n, any_field>() || takes_fields<T, n, any_reference>()) {
    return {field_fault::no_default};
  } else if constexpr (has_union<T>(std::make_index_sequence<n>{})) {
    return {field_fault::union_type};
  } else if constexpr (std::is_void_v<bound_fields<T, n>>) {
    return {field_fault::bit_field};
  } else {
    return {field_fault::none, n};
  }
}
template <class T>
inline constexpr told_fields fields_of = tell_fields<T>();

}  // namespace detail

/// An aggregate whose fields can be told: without base classes, unions and bit-fields, of at most 64 fields,
/// each of which can start empty.
template <class T>
concept reflectable = std::is_aggregate_v<T> && std::is_class_v<T> && detail::fields_of<T>
.fault == field_fault::none;

/// How many fields an aggregate has. A C array is one field. O(fields) instantiations.
template <reflectable T>
inline constexpr std::size_t field_count = detail::fields_of<T>.count;

/// Calls `f(field...)` with all fields of `value`, in the order of their declaration.
template <class T, class F>
requires reflectable<std::remove_cv_t<T>>
constexpr decltype(auto) visit_fields(T& value, F&& f) {
  return detail::with_fields<field_count<std::remove_cv_t<T>>>(value, std::forward<F>(f));
}

namespace detail {

/// `types<Field...>` of an aggregate.
template <class T>
using field_types = bound_fields<T, field_count<T>>;

}  // namespace detail

}  // namespace snow
