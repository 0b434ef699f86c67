#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "snow/base/error.hpp"
#include "snow/session/address.hpp"

namespace snow {

/// The parts of `"id@host:port"` or `"id@unix:/path"`.
struct node_name {
  static constexpr std::size_t longest = 255;

  std::string_view id;
  std::string_view address;  ///< what others dial: `host:port`, `[v6]:port` or `unix:/path`

  /// Throws `bad_name`, saying what is wrong. The parts are views into `text`.
  static node_name parse(std::string_view text);
};

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

}  // namespace snow
