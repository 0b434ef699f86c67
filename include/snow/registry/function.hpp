#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

namespace snow {

struct launch_request;

enum class function_kind : std::uint8_t { actor, plain, task };

constexpr std::string_view to_string(function_kind k) noexcept {
  switch (k) {
    case function_kind::actor:
      return "actor";
    case function_kind::plain:
      return "plain";
    case function_kind::task:
      return "task";
  }
  return {};
}

/// A function that other nodes can start by its name.
struct function {
  std::string_view name;
  std::string_view signature;     ///< `(u64,string)->u64`
  std::uint64_t parameters = 0;   ///< fingerprint of the parameters alone: what a caller by name knows
  std::uint64_t fingerprint = 0;  ///< of parameters, result and kind
  function_kind kind = function_kind::plain;
  std::source_location where;
  const void* address = nullptr;
  void (*start)(launch_request&) = nullptr;  ///< decodes the arguments and starts an actor (`process/`)
};

/// The same function, registered again: same address, or same place and signature.
inline bool same_function(const function& a, const function& b) noexcept {
  if (a.address == b.address) return true;
  return a.fingerprint == b.fingerprint && a.where.line() == b.where.line() &&
         std::string_view{a.where.file_name()} == b.where.file_name();
}

}  // namespace snow
