#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "snow/base/bytes.hpp"
#include "snow/base/errc.hpp"
#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"
#include "snow/reflect/fields.hpp"
#include "snow/reflect/name.hpp"

namespace snow {

/// How the values of a type travel. A type of one's own says it by a specialisation of `codec<T>`.
template <class T>
struct codec;

namespace detail {

template <class T>
concept fixed_number = (std::is_arithmetic_v<T> && !std::same_as<T, long double> &&
                        !std::same_as<T, wchar_t>) ||
                       std::same_as<T, std::byte>;
template <class T>
concept has_own_codec = requires {
  { codec<T>::shape } -> std::convertible_to<std::string_view>;
};
template <class T>
concept text_like = std::same_as<T, std::string>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;
template <class A, class B>
inline constexpr bool is_tuple<std::pair<A, B>> = true;
template <class T>
inline constexpr bool is_duration = false;
template <class R, class P>
inline constexpr bool is_duration<std::chrono::duration<R, P>> = true;
template <class T>
inline constexpr bool is_time_point = false;
template <class C, class D>
inline constexpr bool is_time_point<std::chrono::time_point<C, D>> = true;
template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

/// Containers by what they offer, not by name: `key_type` and `mapped_type` tell maps and sets.
template <class T>
concept map_like = requires {
  typename T::key_type;
  typename T::mapped_type;
  typename T::const_iterator;
};
template <class T>
concept set_like = !map_like<T> && requires {
  typename T::key_type;
  typename T::const_iterator;
};
template <class T>
concept sequence_like = !map_like<T> && !set_like<T> && !is_std_array<T> && !text_like<T> && requires(T & c) {
  typename T::value_type;
  c.begin();
  c.end();
  c.clear();
  c.resize(std::size_t{});
};

/// The shape of a type as text, given to `out` piece by piece. `Outer` are the aggregates that it stands in:
/// one of them again is written as the number of steps to it.
template <class T, class... Outer, class Out>
constexpr void spell_shape(Out& out);

template <std::size_t N, class Out>
constexpr void spell_number(Out& out) {
  if constexpr (N >= 10) spell_number<N / 10>(out);
  constexpr char digit[] = {static_cast<char>('0' + N % 10)};
  out(std::string_view{digit, 1});
}

template <class T, class... Outer, class Out, class... Field>
constexpr void spell_fields(Out& out, types<Field...>) {
  bool first = true;
  ((out(first ? "" : ","), first = false, spell_shape<Field, T, Outer...>(out)), ...);
}

template <class T, class... Outer, class Out, std::size_t... I>
constexpr void spell_tuple(Out& out, std::index_sequence<I...>) {
  ((out(I == 0 ? "(" : ","), spell_shape<std::tuple_element_t<I, T>, Outer...>(out)), ...);
  out(sizeof...(I) == 0 ? "()" : ")");
}
template <class... T, class... Outer, class Out>
constexpr void spell_alternatives(Out& out, std::variant<T...>*, types<Outer...>) {
  bool first = true;
  ((out(first ? "<" : "|"), first = false, spell_shape<T, Outer...>(out)), ...);
  out(">");
}
template <class T, class... Outer>
consteval int steps_to() {
  int step = 0, found = -1;
  ((found < 0 && std::same_as<T, Outer> ? found = step : 0, ++step), ...);
  return found;
}

template <class T, class... Outer, class Out>
constexpr void spell_shape(Out& out) {
  if constexpr (has_own_codec<T>) {
    out(codec<T>::shape);
  } else if constexpr (std::same_as<T, bool>) {
    out("bool");
  } else if constexpr (std::same_as<T, std::byte>) {
    out("u8");
  } else if constexpr (std::same_as<T, char>) {
    out("c8");  // signed here, unsigned there
  } else if constexpr (fixed_number<T>) {
    constexpr std::string_view sizes[] = {"8", "16", "32", "64"};
    out(std::floating_point<T> ? "f" : std::is_signed_v<T> ? "i" : "u");
    out(sizes[sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3]);
  } else if constexpr (std::is_enum_v<T>) {
    out("e");
    spell_shape<std::underlying_type_t<T>>(out);
  } else if constexpr (text_like<T>) {
    out("string");
  } else if constexpr (std::same_as<T, bytes>) {
    out("bytes");
  } else if constexpr (std::same_as<T, pid>) {
    out("pid");
  } else if constexpr (std::same_as<T, reason>) {
    out("reason");
  } else if constexpr (std::same_as<T, std::monostate>) {
    out("()");
  } else if constexpr (std::is_bounded_array_v<T>) {
    spell_shape<std::remove_extent_t<T>, Outer...>(out);
    out("*");
    spell_number<std::extent_v<T>>(out);
  } else if constexpr (is_std_array<T>) {
    spell_shape<typename T::value_type, Outer...>(out);
    out("*");
    spell_number<std::tuple_size_v<T>>(out);
  } else if constexpr (is_optional<T>) {
    spell_shape<typename T::value_type, Outer...>(out);
    out("?");
  } else if constexpr (is_variant<T>) {
    spell_alternatives(out, static_cast<T*>(nullptr), types<Outer...>{});
  } else if constexpr (is_tuple<T>) {
    spell_tuple<T, Outer...>(out, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (is_duration<T>) {
    out("d");
    spell_number<static_cast<std::size_t>(T::period::num)>(out);
    out("/");
    spell_number<static_cast<std::size_t>(T::period::den)>(out);
    spell_shape<typename T::rep>(out);
  } else if constexpr (is_time_point<T>) {
    out("t");
    spell_shape<typename T::duration>(out);
  } else if constexpr (map_like<T>) {
    out("map<");
    spell_shape<typename T::key_type, Outer...>(out);
    out(",");
    spell_shape<typename T::mapped_type, Outer...>(out);
    out(">");
  } else if constexpr (set_like<T>) {
    out("set<");
    spell_shape<typename T::key_type, Outer...>(out);
    out(">");
  } else if constexpr (sequence_like<T>) {
    out("[");
    spell_shape<typename T::value_type, Outer...>(out);
    out("]");
  } else if constexpr (constexpr int steps = steps_to<T, Outer...>(); steps >= 0) {
    out("^");
    spell_number<static_cast<std::size_t>(steps)>(out);
  } else {
    out("{");
    spell_fields<T, Outer...>(out, field_types<T>{});
    out("}");
  }
}

struct hashing {
  std::uint64_t value = hash_of("");
  constexpr void operator()(std::string_view piece) noexcept { value = hash_of(piece, value); }
};
struct writing {
  std::string& text;
  constexpr void operator()(std::string_view piece) { text.append(piece); }
};

}  // namespace detail

/// What a type looks like on the wire: `{u64,[string],map<string,u8>?}`. For errors.
template <class T>
std::string shape_of() {
  std::string text;
  detail::writing out{text};
  detail::spell_shape<T>(out);
  return text;
}

/// The hash of that text, the same from every compiler.
template <class T>
inline constexpr std::uint64_t fingerprint_of = [] {
  detail::hashing out;
  detail::spell_shape<T>(out);
  return out.value;
}();

/// What a type is on the wire: the hash of its name, and its fingerprint.
struct type_key {
  std::uint64_t name_hash = 0;
  std::uint64_t fingerprint = 0;
  friend constexpr bool operator==(const type_key&, const type_key&) = default;
};

namespace detail {

/// A type of the language or the library, or a container of any: what it is called says nothing beyond its
/// shape.
template <class T>
inline constexpr bool is_structural =
    !has_own_codec<T> && !std::is_enum_v<T> &&
    (fixed_number<T> || text_like<T> || std::same_as<T, bytes> || std::same_as<T, pid> ||
     std::same_as<T, reason> || std::same_as<T, std::monostate> || std::is_bounded_array_v<T> ||
     is_std_array<T> || is_optional<T> || is_variant<T> || is_tuple<T> || is_duration<T> ||
     is_time_point<T> || map_like<T> || set_like<T> || sequence_like<T>);

}  // namespace detail

/// Whether other nodes can know the type: it has a name that all compilers spell alike, or needs none.
template <class T>
inline constexpr bool is_known_alike = has_portable_name<T> || detail::is_structural<T>;

template <class T>
inline constexpr type_key type_key_of{detail::is_structural<T> ? fingerprint_of<T> : hash_of(name_of<T>),
                                      fingerprint_of<T>};

}  // namespace snow
