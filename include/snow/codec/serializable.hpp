#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

#include "snow/reflect.hpp"

namespace snow {

/// How values travel. For a type of one's own, specialise
/// ```
/// template <> struct snow::codec<T> {
///   static constexpr std::string_view shape = "...";            // what it looks like on the wire
///   static void encode(snow::writer& w, const T& value);        // at least one byte
///   static void decode(snow::reader& r, T& value);              // r.fail(why) on bytes that are no T
/// };
/// ```
template <class T>
struct codec {};

namespace detail {

/// Every value of the underlying type is a value of the enumeration.
template <class T>
concept closed_enum = std::is_enum_v<T> && requires {
  T{std::underlying_type_t<T>{}};
};

template <class T>
concept bool_enum = std::is_enum_v<T> && std::same_as < std::underlying_type_t<T>,
bool > ;

template <class T>
concept leaf = fixed_number<T> || closed_enum<T> || text_like<T> || std::same_as<T, bytes> ||
    std::same_as<T, pid> || std::same_as<T, reason> || std::same_as<T, std::monostate>;

/// What a type is made of, as far as the codec sees it.
template <class T>
consteval auto parts_of() {
  if constexpr (has_own_codec<T> || leaf<T>) {
    return types<>{};
  } else if constexpr (std::is_bounded_array_v<T>) {
    return types<std::remove_extent_t<T>>{};
  } else if constexpr (is_std_array<T> || is_optional<T>) {
    return types<typename T::value_type>{};
  } else if constexpr (is_variant<T>) {
    return []<class... A>(std::variant<A...>*) { return types<A...>{}; }(static_cast<T*>(nullptr));
  } else if constexpr (is_tuple<T>) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return types<std::tuple_element_t<I, T>...>{};
    }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (is_duration<T> || is_time_point<T>) {
    return types<typename T::rep>{};
  } else if constexpr (map_like<T>) {
    return types<typename T::key_type, typename T::mapped_type>{};
  } else if constexpr (set_like<T>) {
    return types<typename T::key_type>{};
  } else if constexpr (sequence_like<T>) {
    return types<typename T::value_type>{};
  } else if constexpr (reflectable<T>) {
    return field_types<T>{};
  } else {
    return types<>{};
  }
}

template <class T>
inline constexpr bool is_container =
    std::is_bounded_array_v<T> || is_std_array<T> || is_optional<T> || is_variant<T> || is_tuple<T> ||
    is_duration<T> || is_time_point<T> || map_like<T> || set_like<T> || sequence_like<T>;

/// Whether a type can travel if its parts can.
template <class T>
consteval bool may_travel() {
  if constexpr (std::is_const_v<T> || std::is_reference_v<T> || std::is_pointer_v<T>) {
    return false;
  } else if constexpr (has_own_codec<T>) {
    return std::default_initializable<T>;
  } else if constexpr (leaf<T> || is_container<T>) {
    return true;
  } else {
    return reflectable<T>;
  }
}

template <class T, class... Outer, class... Part>
consteval bool parts_can_travel(types<Part...>);

template <class T, class... Outer>
consteval bool can_travel_within() {
  if constexpr (!may_travel<T>()) {
    return false;
  } else if constexpr ((std::same_as<T, Outer> || ...)) {
    return true;
  } else {
    return parts_can_travel<T, Outer...>(parts_of<T>());
  }
}
template <class T, class... Outer, class... Part>
consteval bool parts_can_travel(types<Part...>) {
  return (can_travel_within<Part, T, Outer...>() && ...);
}

}  // namespace detail

/// A type whose values can be sent: numbers but `long double` and `wchar_t`, enumerations of a fixed
/// underlying type, strings, the standard containers, `chrono`'s durations and time points, `snow::bytes`,
/// `pid`, `reason`, types with a `codec<T>`, and aggregates of all these. Elements and fields start empty.
template <class T>
concept serializable = detail::can_travel_within<T>();

namespace detail {

/// The sentences for a type that cannot travel; the compiler names `T` beside them.
template <class T>
struct must_travel {
  static_assert(!std::is_pointer_v<T> && !std::is_null_pointer_v<T>,
                "snow: a pointer means nothing on another node: send the value, or a snow::pid");
  static_assert(!std::is_reference_v<T>,
                "snow: a reference means nothing on another node: make the field a value");
  static_assert(!std::is_const_v<T>, "snow: a const field cannot be decoded into: drop the const");
  static_assert(!std::same_as<T, long double> && !std::same_as<T, wchar_t>,
                "snow: long double and wchar_t differ between machines: use double, char16_t or char32_t");
  static_assert(!std::is_union_v<T>,
                "snow: nobody can tell which member of a union is alive: use std::variant");
  static_assert(!std::is_enum_v<T> || closed_enum<T>,
                "snow: an enumeration travels as its underlying type: fix it, as in enum e : int");
  static_assert(!has_own_codec<T> || std::default_initializable<T>,
                "snow: a type with a snow::codec must have a default constructor, to be decoded into");
  static_assert(!std::is_class_v<T> || has_own_codec<T> || is_container<T> || leaf<T> ||
                    std::is_aggregate_v<T> || std::is_const_v<T>,
                "snow: this class is no aggregate: make it one, or specialise snow::codec for it");
  template <class U = T>
  static consteval field_fault fault() {
    if constexpr (std::is_class_v<U> && std::is_aggregate_v<U> && !is_container<U> && !has_own_codec<U>) {
      return fields_of<U>.fault;
    } else {
      return field_fault::none;
    }
  }
  static_assert(fault() != field_fault::base_class,
                "snow: the fields of an aggregate with base classes cannot be told: make the base a field");
  static_assert(
      fault() != field_fault::no_default,
      "snow: a field of this aggregate is a reference or cannot start empty: give its type a default "
      "constructor, or specialise snow::codec for the aggregate");
  static_assert(fault() != field_fault::too_many,
                "snow: an aggregate of more than 64 fields: group some of them in a struct of their own");
  static_assert(fault() != field_fault::union_type,
                "snow: nobody can tell which member of a union is alive: use std::variant");
  static_assert(fault() != field_fault::bit_field,
                "snow: bit-fields cannot be told apart: use whole integers, or specialise snow::codec");
  static constexpr bool told = true;
};

template <class T, class... Outer, class... Part>
consteval bool explain_parts(types<Part...>);

/// Finds the part that is to blame.
template <class T, class... Outer>
consteval bool explain() {
  if constexpr (can_travel_within<T, Outer...>()) {
    return true;
  } else if constexpr (!may_travel<T>()) {
    return must_travel<T>::told;
  } else {
    return explain_parts<T, Outer...>(parts_of<T>());
  }
}
template <class T, class... Outer, class... Part>
consteval bool explain_parts(types<Part...>) {
  return (explain<Part, T, Outer...>() && ...);
}

/// The fewest bytes that a value takes; at least one, so that no count is larger than what was sent.
template <class T>
consteval std::size_t least_bytes();

template <class... Part>
consteval std::size_t least_of_all(types<Part...>) {
  std::size_t const sum = (std::size_t{0} + ... + least_bytes<Part>());
  return sum == 0 ? 1 : sum;
}
template <class T>
consteval std::size_t least_bytes() {
  if constexpr (has_own_codec<T>) {
    return 1;
  } else if constexpr (fixed_number<T> || std::is_enum_v<T>) {
    return sizeof(T);
  } else if constexpr (std::is_bounded_array_v<T>) {
    return std::extent_v<T> * least_bytes<std::remove_extent_t<T>>();
  } else if constexpr (is_std_array<T>) {
    return std::tuple_size_v<T> == 0 ? 1 : std::tuple_size_v<T> * least_bytes<typename T::value_type>();
  } else if constexpr (is_tuple<T> || is_duration<T> || is_time_point<T>) {
    return least_of_all(parts_of<T>());
  } else if constexpr (std::same_as<T, pid>) {
    return 3;
  } else if constexpr (std::same_as<T, reason>) {
    return 2;
  } else if constexpr (leaf<T> || is_container<T>) {
    return 1;
  } else {
    return least_of_all(parts_of<T>());
  }
}

/// A `std::deque` allocates before there is anything in it.
template <class T>
concept allocates_empty = sequence_like<T> && std::random_access_iterator<typename T::iterator> &&
                          !std::contiguous_iterator<typename T::iterator> &&
                          std::same_as<typename T::reference, typename T::value_type&>;

/// What an empty value allocates, beside its `sizeof`.
template <class T>
consteval std::size_t memory_of_empty();

template <class... Part>
consteval std::size_t memory_of_all(types<Part...>) {
  return (std::size_t{0} + ... + memory_of_empty<Part>());
}
template <class T>
consteval std::size_t memory_of_empty() {
  if constexpr (has_own_codec<T> || leaf<T>) {
    return 0;
  } else if constexpr (std::is_bounded_array_v<T>) {
    return std::extent_v<T> * memory_of_empty<std::remove_extent_t<T>>();
  } else if constexpr (is_std_array<T>) {
    return std::tuple_size_v<T> * memory_of_empty<typename T::value_type>();
  } else if constexpr (allocates_empty<T>) {
    return 512 + 8 * sizeof(void*);
  } else if constexpr (is_variant<T>) {
    return memory_of_empty<std::variant_alternative_t<0, T>>();
  } else if constexpr (is_tuple<T> || !is_container<T>) {
    return memory_of_all(parts_of<T>());
  } else {
    return 0;
  }
}

template <class T>
consteval bool stands_as_on_the_wire();

template <class T, class... Part>
consteval bool stands_without_gaps(types<Part...>) {
  return (std::size_t{0} + ... + sizeof(Part)) == sizeof(T) && (stands_as_on_the_wire<Part>() && ...);
}
/// Whether a value lies in memory just as on the wire, and every pattern of its bytes is one.
template <class T>
consteval bool stands_as_on_the_wire() {
  if constexpr (has_own_codec<T> || !std::is_trivially_copyable_v<T> || std::same_as<T, bool> ||
                std::same_as<T, errc> || std::same_as<T, pid>) {
    return false;
  } else if constexpr (fixed_number<T>) {
    return std::endian::native == std::endian::little || sizeof(T) == 1;
  } else if constexpr (std::is_enum_v<T>) {
    return stands_as_on_the_wire<std::underlying_type_t<T>>();
  } else if constexpr (is_duration<T> || is_time_point<T>) {
    return stands_as_on_the_wire<typename T::rep>();
  } else if constexpr (std::is_bounded_array_v<T>) {
    return stands_as_on_the_wire<std::remove_extent_t<T>>();
  } else if constexpr (is_std_array<T>) {
    return std::tuple_size_v<T> != 0 && stands_as_on_the_wire<typename T::value_type>();
  } else if constexpr (leaf<T> || is_container<T>) {
    return false;
  } else {
    return stands_without_gaps<T>(parts_of<T>());
  }
}
template <class T>
inline constexpr bool is_plain = stands_as_on_the_wire<T>();

}  // namespace detail

}  // namespace snow
