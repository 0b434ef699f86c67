#pragma once

#include <string>
#include <system_error>
#include <utility>

#include "snow/base/errc.hpp"

namespace snow {

/// What snow's operations throw: an `errc` and what the user needs to know beside it (the peer, the two
/// signatures, where a decoder stopped and why).
class error : public std::system_error {
 public:
  explicit error(errc code, std::string details = {})
      : std::system_error{make_error_code(code), details}, details_{std::move(details)} {}

  errc which() const noexcept { return static_cast<errc>(code().value()); }
  const std::string& details() const noexcept { return details_; }

  friend bool operator==(const error& e, errc c) noexcept { return e.which() == c; }

 private:
  std::string details_;
};

}  // namespace snow
