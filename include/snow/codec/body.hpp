#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/result.hpp"
#include "snow/codec/values.hpp"

namespace snow {

/// Appends a value. Whether it could travel: see `w.failed()`.
template <class T>
void encode(writer& w, const T& value) {
  static_assert(detail::explain<T>());
  if constexpr (serializable<T>) detail::put(w, value);
}
/// Throws `not_serializable` for a value that cannot travel by itself, such as a pid.
template <class T>
byte_buffer encode(const T& value) {
  byte_buffer out;
  writer w{out};
  encode(w, value);
  if (w.failed()) throw error{errc::not_serializable, w.why()};
  return out;
}

namespace detail {

/// Into the place of what is returned: GCC 12 sees that only where the variable is the function's outermost.
template <class T>
result<T> get_whole(reader& r) {
  result<T> value{std::in_place};
  get(r, *value);
  r.finish();
  if (r.failed()) value = r.error();
  return value;
}

}  // namespace detail

/// Reads a value that takes up all of the bytes. The error tells where and why.
template <class T>
result<T> decode(reader& r) {
  static_assert(detail::explain<T>());
  if constexpr (serializable<T>)
    return detail::get_whole<T>(r);
  else
    return r.error();
}
template <class T>
result<T> decode(std::span<const std::byte> in) {
  reader r{in};
  return decode<T>(r);
}

/// What a node may be called, and how many a message may name.
inline constexpr std::size_t longest_name = 255;

namespace detail {

/// Replaces the zero at `at` by the table of names: seldom, so the value may move.
inline void insert_names(writer& w, std::size_t at) {
  byte_buffer table;
  writer t{table};
  t.varint(w.named_nodes().size());
  for (node_id const n : w.named_nodes()) {
    std::string_view name;
    std::uint64_t creation = 0;
    if (!w.names()->spell(n, name, creation)) w.fail("a pid of a node that is forgotten");
    t.string(name);
    t.number(creation);
  }
  byte_buffer& out = w.buffer();
  std::size_t const value = out.size() - at - 1;
  std::size_t const more = table.size() - 1;
  out.append(more);
  std::memmove(out.data() + at + table.size(), out.data() + at + 1, value);
  std::memcpy(out.data() + at, table.data(), table.size());
}

inline void read_names(reader& r) {
  std::size_t const n = r.count(10);  // a name of one byte with its length, and a creation
  if (n == 0) return;
  if (!r.names()) return r.fail("a body with pids where none can be");
  std::vector<node_id> nodes;
  for (std::size_t i = 0; i < n && !r.failed(); ++i) {
    std::string_view const name = r.string();
    auto const creation = r.number<std::uint64_t>();
    if (name.empty() || name.size() > longest_name) return r.fail("a node's name of a bad length");
    if (r.failed() || !r.spend(sizeof(node_id))) return;
    nodes.push_back(r.names()->intern(name, creation));
    if (nodes.back() == no_node) return r.fail("the table of node names is full");
  }
  r.know(std::move(nodes));
}

}  // namespace detail

/// A body: how many nodes its pids name, each node's name and creation, then the value. Whoever forwards the
/// bytes need not know the type (S-53).
template <class T>
void encode_body(writer& w, const T& value) {
  std::size_t const begin = w.position();
  w.varint(0);
  encode(w, value);
  if (!w.named_nodes().empty()) detail::insert_names(w, begin);
}

template <class T>
result<T> decode_body(reader& r) {
  detail::read_names(r);
  return decode<T>(r);
}
template <class T>
result<T> decode_body(const bytes& in, node_names* names, const read_limits& limits = {}) {
  reader r{in, names, limits};
  return decode_body<T>(r);
}

}  // namespace snow
