#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "snow/codec/reader.hpp"
#include "snow/codec/serializable.hpp"
#include "snow/codec/writer.hpp"
#include "snow/reflect.hpp"

namespace snow {

namespace detail {

template <class T>
void put(writer& w, const T& value);
template <class T>
void get(reader& r, T& value);

template <class Range>
void put_elements(writer& w, const Range& range) {
  using element = typename std::iterator_traits<std::remove_cvref_t<decltype(std::begin(range))>>::value_type;
  if constexpr (is_plain<element> && requires {
                  std::data(range);
                  std::size(range);
                }) {
    w.bytes(std::as_bytes(std::span{std::data(range), std::size(range)}));
  } else {
    for (auto const& e : range) put<element>(w, e);
  }
}
template <class Range>
void get_elements(reader& r, Range& range) {
  using element = typename std::iterator_traits<std::remove_cvref_t<decltype(std::begin(range))>>::value_type;
  if constexpr (is_plain<element> && requires {
                  std::data(range);
                  std::size(range);
                }) {
    auto const to = std::as_writable_bytes(std::span{std::data(range), std::size(range)});
    auto const from = r.bytes(to.size());
    if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
  } else {
    for (auto&& e : range) {
      if constexpr (std::same_as<typename std::iterator_traits<decltype(std::begin(range))>::reference,
                                 element&>) {
        get(r, e);
      } else {  // std::vector<bool>
        element value{};
        get(r, value);
        e = value;
      }
      if (r.failed()) return;
    }
  }
}

template <class T>
void put_within(writer& w, const T& value) {
  if constexpr (std::is_bounded_array_v<T> || is_std_array<T>) {
    if (std::size(value) == 0) w.number(std::uint8_t{0});
    put_elements(w, value);
  } else if constexpr (is_optional<T>) {
    w.number(value.has_value());
    if (value) put(w, *value);
  } else if constexpr (is_variant<T>) {
    if (value.valueless_by_exception()) return w.fail("a variant without a value");
    w.varint(value.index());
    std::visit([&](auto const& v) { put(w, v); }, value);
  } else if constexpr (is_tuple<T>) {
    if constexpr (std::tuple_size_v<T> == 0) w.number(std::uint8_t{0});
    std::apply([&](auto const&... e) { (put(w, e), ...); }, value);
  } else if constexpr (map_like<T>) {
    w.varint(value.size());
    for (auto const& [k, v] : value) {
      put(w, k);
      put(w, v);
    }
  } else if constexpr (set_like<T> || sequence_like<T>) {
    w.varint(static_cast<std::size_t>(std::distance(value.begin(), value.end())));
    put_elements(w, value);
  } else {
    if constexpr (field_count<T> == 0) w.number(std::uint8_t{0});
    visit_fields(value, [&](auto const&... f) { (put(w, f), ...); });
  }
}

template <class T>
void put(writer& w, const T& value) {
  if constexpr (has_own_codec<T>) {
    codec<T>::encode(w, value);
  } else if constexpr (is_plain<T> && !fixed_number<T>) {
    w.bytes(std::as_bytes(std::span{std::addressof(value), 1}));
  } else if constexpr (fixed_number<T> || std::is_enum_v<T>) {
    w.number(value);
  } else if constexpr (text_like<T>) {
    w.string(value);
  } else if constexpr (std::same_as<T, bytes>) {
    w.varint(value.size());
    w.bytes(value.span());
  } else if constexpr (std::same_as<T, pid>) {
    w.pid(value);
  } else if constexpr (std::same_as<T, reason>) {
    w.varint(static_cast<std::uint64_t>(value.code()));
    w.string(value.text());
  } else if constexpr (std::same_as<T, std::monostate>) {
    w.number(std::uint8_t{0});
  } else if constexpr (is_duration<T>) {
    w.number(value.count());
  } else if constexpr (is_time_point<T>) {
    w.number(value.time_since_epoch().count());
  } else {
    if (!w.enter()) return;
    put_within(w, value);
    w.leave();
  }
}

/// The one byte of a value that has nothing in it.
inline void get_nothing(reader& r) {
  if (r.number<std::uint8_t>() != 0) r.fail("an empty value that is not empty");
}

/// Linear where the keys come in order, as they are sent from an ordered container. An unordered one is as
/// good as its hash: keys that a peer may choose want a seeded one, which is the user's to give.
template <class T>
void get_associative(reader& r, T& value) {
  std::size_t const n = r.count(least_of_all(parts_of<T>()));
  constexpr std::size_t node = 4 * sizeof(void*);
  if (!r.spend(n * (sizeof(typename T::value_type) + node + memory_of_all(parts_of<T>())))) return;
  value.clear();
  if constexpr (requires { value.reserve(n); }) value.reserve(n);
  for (std::size_t i = 0; i < n && !r.failed(); ++i) {
    typename T::key_type key{};
    get(r, key);
    if constexpr (map_like<T>) {
      typename T::mapped_type mapped{};
      get(r, mapped);
      if (!r.failed()) value.emplace_hint(value.end(), std::move(key), std::move(mapped));
    } else {
      if (!r.failed()) value.emplace_hint(value.end(), std::move(key));
    }
    if (!r.failed() && value.size() != i + 1) r.fail("a key that stands there twice");
  }
}

template <class T, std::size_t I = 0>
void get_alternative(reader& r, T& value, std::size_t index) {
  if constexpr (I < std::variant_size_v<T>) {
    if (index != I) return get_alternative<T, I + 1>(r, value, index);
    if (!r.spend(memory_of_empty<std::variant_alternative_t<I, T>>())) return;
    std::variant_alternative_t<I, T> v{};
    get(r, v);
    if (!r.failed()) value.template emplace<I>(std::move(v));
  } else {
    r.fail("a variant of an unknown alternative");
  }
}

template <class T>
void get_within(reader& r, T& value) {
  if constexpr (std::is_bounded_array_v<T> || is_std_array<T>) {
    if (std::size(value) == 0) get_nothing(r);
    get_elements(r, value);
  } else if constexpr (is_optional<T>) {
    bool some = false;
    get(r, some);
    if (!some) return value.reset();
    if (r.spend(memory_of_empty<typename T::value_type>())) get(r, value.emplace());
  } else if constexpr (is_variant<T>) {
    get_alternative(r, value, r.small<std::size_t>());
  } else if constexpr (is_tuple<T>) {
    if constexpr (std::tuple_size_v<T> == 0) get_nothing(r);
    std::apply([&](auto&... e) { (get(r, e), ...); }, value);
  } else if constexpr (map_like<T> || set_like<T>) {
    get_associative(r, value);
  } else if constexpr (sequence_like<T>) {
    using element = typename T::value_type;
    std::size_t const n = r.count(least_bytes<element>());
    constexpr bool contiguous = requires {
      value.data();
    };
    constexpr std::size_t links = contiguous ? 0 : 2 * sizeof(void*);
    if (!r.spend(n * (sizeof(element) + links + memory_of_empty<element>()))) return;
    value.resize(n);
    get_elements(r, value);
  } else {
    if constexpr (field_count<T> == 0) get_nothing(r);
    visit_fields(value, [&](auto&... f) { (get(r, f), ...); });
  }
}

template <class T>
void get(reader& r, T& value) {
  if constexpr (has_own_codec<T>) {
    codec<T>::decode(r, value);
  } else if constexpr (std::same_as<T, bool>) {
    auto const byte = r.number<std::uint8_t>();
    if (byte > 1) r.fail("a bool that is neither 0 nor 1");
    value = byte == 1;
  } else if constexpr (is_plain<T> && !fixed_number<T>) {
    auto const from = r.bytes(sizeof(T));
    if (!from.empty()) std::memcpy(std::addressof(value), from.data(), sizeof(T));
  } else if constexpr (bool_enum<T>) {
    bool b = false;
    get(r, b);
    value = static_cast<T>(b);
  } else if constexpr (fixed_number<T> || std::is_enum_v<T>) {
    value = r.number<T>();
    if constexpr (std::same_as<T, errc>)
      if (!r.failed() && !is_errc(static_cast<int>(value))) r.fail("an unknown errc");
  } else if constexpr (text_like<T>) {
    std::string_view const text = r.string();
    if (r.spend(text.size())) value = T{text};
  } else if constexpr (std::same_as<T, bytes>) {
    value = r.shared(r.count());
  } else if constexpr (std::same_as<T, pid>) {
    value = r.pid();
  } else if constexpr (std::same_as<T, reason>) {
    auto const code = r.small<std::uint32_t>();
    std::string_view const text = r.string();
    if (!is_errc(static_cast<int>(code))) return r.fail("an unknown reason");
    if (r.spend(text.size())) value = reason{static_cast<errc>(code), std::string{text}};
  } else if constexpr (std::same_as<T, std::monostate>) {
    get_nothing(r);
  } else if constexpr (is_duration<T>) {
    value = T{r.number<typename T::rep>()};
  } else if constexpr (is_time_point<T>) {
    value = T{typename T::duration{r.number<typename T::rep>()}};
  } else {
    if (!r.enter()) return;
    get_within(r, value);
    r.leave();
  }
}

}  // namespace detail

}  // namespace snow
