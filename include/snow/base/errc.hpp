#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace snow {

/// Everything that snow reports, and every reason for which an actor ends.
/// The values travel between nodes and are never changed or reused; `docs/errors.md` says for each when it
/// comes and what to do.
enum class errc : int {
  // reasons for which an actor ends
  normal = 1,
  shutdown = 2,
  killed = 3,
  exception = 4,
  user = 5,
  abandoned = 6,
  // reaching another actor or node
  no_process = 16,
  no_connection = 17,
  timed_out = 18,
  would_deadlock = 19,
  overloaded = 20,
  shutting_down = 21,
  // calling a function or sending a value
  function_not_found = 32,
  signature_mismatch = 33,
  bad_arguments = 34,
  not_serializable = 35,
  // permission
  not_allowed = 48,
  // a node and its sessions
  bad_name = 64,
  bad_cookie = 65,
  bad_version = 66,
  name_in_use = 67,
  address_in_use = 68,
  duplicate = 69,
  protocol_violation = 70,
};

/// The spelling of an `errc` as in the source; empty for a value that is none of them.
constexpr std::string_view to_string(errc e) noexcept {
  switch (e) {
    case errc::normal:
      return "normal";
    case errc::shutdown:
      return "shutdown";
    case errc::killed:
      return "killed";
    case errc::exception:
      return "exception";
    case errc::user:
      return "user";
    case errc::abandoned:
      return "abandoned";
    case errc::no_process:
      return "no_process";
    case errc::no_connection:
      return "no_connection";
    case errc::timed_out:
      return "timed_out";
    case errc::would_deadlock:
      return "would_deadlock";
    case errc::overloaded:
      return "overloaded";
    case errc::shutting_down:
      return "shutting_down";
    case errc::function_not_found:
      return "function_not_found";
    case errc::signature_mismatch:
      return "signature_mismatch";
    case errc::bad_arguments:
      return "bad_arguments";
    case errc::not_serializable:
      return "not_serializable";
    case errc::not_allowed:
      return "not_allowed";
    case errc::bad_name:
      return "bad_name";
    case errc::bad_cookie:
      return "bad_cookie";
    case errc::bad_version:
      return "bad_version";
    case errc::name_in_use:
      return "name_in_use";
    case errc::address_in_use:
      return "address_in_use";
    case errc::duplicate:
      return "duplicate";
    case errc::protocol_violation:
      return "protocol_violation";
  }
  return {};
}

/// Whether a number that came from outside is one of ours. Linear in nothing: one switch.
constexpr bool is_errc(int value) noexcept {
  return !to_string(static_cast<errc>(value)).empty();
}

class error_category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "snow"; }
  std::string message(int value) const override {
    std::string_view const text = to_string(static_cast<errc>(value));
    return text.empty() ? "unknown snow error " + std::to_string(value) : std::string{text};
  }
};

inline const std::error_category& error_category() noexcept {
  static const error_category_type category;
  return category;
}

inline std::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), error_category()};
}

}  // namespace snow

template <>
struct std::is_error_code_enum<snow::errc> : std::true_type {};
