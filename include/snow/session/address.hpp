#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "snow/base/error.hpp"
#include "snow/base/log.hpp"

namespace snow {

/// The parts of an address as names and `listen` spell it.
struct node_address {
  std::string_view host;  ///< empty for a Unix-domain socket
  std::string_view port;
  std::string_view path;  ///< of a Unix-domain socket

  static constexpr std::size_t longest_path = 107;  ///< what the system's address has room for

  /// Throws `bad_name`.
  static node_address parse(std::string_view text);
  bool is_unix() const noexcept { return !path.empty(); }
  /// Whether nothing but this machine can reach it: there the cookie may be short and TLS missing.
  bool is_local() const noexcept;
};

namespace detail {

[[noreturn]] inline void refuse_name(std::string_view what, std::string_view text) {
  throw error{errc::bad_name,
              std::string{what}.append(": \"").append(escaped(text.substr(0, 255))).append("\"")};
}

}  // namespace detail

inline node_address node_address::parse(std::string_view text) {
  if (text.starts_with("unix:")) {
    if (text.size() == 5) detail::refuse_name("a Unix-domain address is \"unix:/path\"", text);
    if (text.size() > 5 + longest_path)
      detail::refuse_name("the path of a Unix-domain socket has at most 107 bytes", text);
    return {{}, {}, text.substr(5)};
  }
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) detail::refuse_name("an address is \"host:port\"", text);
  node_address a{text.substr(0, colon), text.substr(colon + 1), {}};
  if (a.host.front() == '[') {
    if (a.host.size() < 3 || a.host.back() != ']')
      detail::refuse_name("an IPv6 address is \"[host]:port\"", text);
    a.host = a.host.substr(1, a.host.size() - 2);
  } else if (a.host.find(':') != std::string_view::npos) {
    detail::refuse_name("an IPv6 address is \"[host]:port\"", text);
  }
  unsigned port = 0;
  for (char const c : a.port) {
    if (c < '0' || c > '9') detail::refuse_name("a port is a number", text);
    port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > 65535) detail::refuse_name("a port is at most 65535", text);
  }
  if (port == 0) detail::refuse_name("a port is 1 at least", text);
  return a;
}

inline bool node_address::is_local() const noexcept {
  return is_unix() || host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace snow
