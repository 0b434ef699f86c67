#pragma once

#include <cstdint>

#include "snow/base/pid.hpp"

namespace snow {

/// Where an answer goes: to one operation of one actor. A remote asker is known by its token.
struct reply_path {
  pid asker;
  std::uint64_t request = 0;  ///< unlike any other request of the asker's node
  std::uint64_t token = 0;    ///< none that another node could guess; 0 on a node without a name
};

static_assert(sizeof(reply_path) == 32);

}  // namespace snow
