#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "snow/base/error.hpp"
#include "snow/base/log.hpp"

namespace snow {

/// The parts of `"id@host:port"` or `"id@unix:/path"`.
struct node_name {
  static constexpr std::size_t longest = 255;

  std::string_view id;
  std::string_view address;  ///< what others dial: `host:port`, `[v6]:port` or `unix:/path`

  /// Throws `bad_name`, saying what is wrong. The parts are views into `text`.
  static node_name parse(std::string_view text);
};

/// The parts of an address as names and `listen` spell it.
struct node_address {
  std::string_view host;  ///< empty for a Unix-domain socket
  std::string_view port;
  std::string_view path;  ///< of a Unix-domain socket

  /// Throws `bad_name`.
  static node_address parse(std::string_view text);
  bool is_unix() const noexcept { return !path.empty(); }
  /// Whether nothing but this machine can reach it: there the cookie may be short and TLS missing.
  bool is_local() const noexcept;
};

namespace detail {

[[noreturn]] inline void refuse_name(std::string_view what, std::string_view text) {
  throw error{
      errc::bad_name,
      std::string{what}.append(": \"").append(escaped(text.substr(0, node_name::longest))).append("\"")};
}

}  // namespace detail

inline node_name node_name::parse(std::string_view text) {
  auto const at = text.find('@');
  if (text.size() > longest) detail::refuse_name("a node's name has at most 255 bytes", text);
  if (at == std::string_view::npos || at == 0) detail::refuse_name("a node's name is \"id@host:port\"", text);
  for (char const c : text)
    if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F)
      detail::refuse_name("a node's name is printable ASCII without spaces", text);
  node_name const name{text.substr(0, at), text.substr(at + 1)};
  node_address::parse(name.address);
  return name;
}

inline node_address node_address::parse(std::string_view text) {
  if (text.starts_with("unix:")) {
    if (text.size() == 5) detail::refuse_name("a Unix-domain address is \"unix:/path\"", text);
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
