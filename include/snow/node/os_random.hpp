#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "snow/base/random.hpp"

namespace snow {

/// The operating system's generator: fit for nonces, tokens and keys.
class os_random final : public random {
 public:
  void fill(std::span<std::byte> out) override {
    constexpr std::size_t at_once = 256;  // what getentropy gives in one call
    while (!out.empty()) {
      std::size_t const n = std::min(out.size(), at_once);
      if (::getentropy(out.data(), n) != 0)
        throw std::system_error{errno, std::generic_category(),
                                "snow: the system has no random bytes to give"};
      out = out.subspan(n);
    }
  }
};

}  // namespace snow
