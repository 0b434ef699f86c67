#pragma once

#include <cstdint>
#include <string_view>

namespace snow {

/// FNV-1a, 64 bits, continued from `h`.
constexpr std::uint64_t hash_of(std::string_view text, std::uint64_t h = 0xCBF29CE484222325u) noexcept {
  for (char const c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return h;
}

namespace detail {

/// What asks the compiler for names. Nothing else stands here: GCC leaves the namespace of the function that
/// asks out of what it says, and Clang does not.
namespace spelling {

template <class T>
consteval std::string_view spelled() {
  std::string_view text = __PRETTY_FUNCTION__;
  auto const begin = text.find("T = ") + 4;
  return text.substr(begin, text.find_first_of(";]", begin) - begin);
}

/// What the compiler calls a function: GCC and Clang spell it alike once the ampersand is gone, or it is
/// refused.
template <auto F>
consteval std::string_view spelled_function() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("F = ") + 4);
#if defined(__clang__)
  text.remove_suffix(1);
#else
  text = text.substr(0, text.rfind("; std::string_view"));
#endif
  return text.starts_with('&') ? text.substr(1) : text;
}

}  // namespace spelling
using spelling::spelled;
using spelling::spelled_function;

/// Whether both compilers spell it like that: qualified identifiers and nothing else.
constexpr bool plain_name(std::string_view name) noexcept {
  for (char const c : name)
    if (!(c == ':' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
      return false;
  return !name.empty();
}

}  // namespace detail

/// The qualified name of a type, by which other nodes know its messages. Specialise it for a type that the
/// compilers spell differently (a template instance, a type in an unnamed namespace):
/// `template <> inline constexpr std::string_view snow::name_of<T> = "...";`
template <class T>
inline constexpr std::string_view name_of = detail::spelled<T>();

/// Whether the name is the same from every compiler, as far as one compiler can tell: Clang does not show
/// that a type stands in a function, and leaves out inline namespaces, which GCC spells. Give such a type a
/// name.
template <class T>
inline constexpr bool has_portable_name =
    name_of<T> != detail::spelled<T>() || detail::plain_name(detail::spelled<T>());

}  // namespace snow
