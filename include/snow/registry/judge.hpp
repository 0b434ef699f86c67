#pragma once

#include <cstdint>
#include <string_view>

namespace snow::detail {

/// What the compiler calls a function: GCC and Clang spell it alike once the ampersand is gone, or not at
/// all.
template <auto F>
consteval std::string_view spelled_function() {
  std::string_view text = __PRETTY_FUNCTION__;
  auto const begin = text.find("F = ") + 4;
  auto const end = text.find_last_of("];");
  text = text.substr(
      begin, (text[end] == ']' && text.find(';', begin) != text.npos ? text.find(';', begin) : end) - begin);
  return text.starts_with('&') ? text.substr(1) : text;
}

enum class verdict : std::uint8_t { good, unnamed_namespace, template_instance, lambda, reserved };

consteval verdict judge_name(std::string_view name) {
  if (name.find("lambda") != name.npos) return verdict::lambda;
  if (name.find("anonymous") != name.npos) return verdict::unnamed_namespace;
  if (name.find('<') != name.npos) return verdict::template_instance;
  auto const last = name.rfind("::");
  if (name.substr(last == name.npos ? 0 : last + 2).starts_with("__")) return verdict::reserved;
  return verdict::good;
}

}  // namespace snow::detail
