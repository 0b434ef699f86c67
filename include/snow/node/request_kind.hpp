#pragma once

#include <cstdint>

namespace snow {

/// What a request to another node waits for.
enum class request_kind : std::uint8_t { ask, spawn, call };

}  // namespace snow
