#pragma once

#include <malloc.h>

#include <cstddef>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // GCC has it, but not its header
#define SNOW_TEST_SANITIZED
#endif

namespace support {

/// Bytes that are allocated now and not freed.
inline std::size_t heap_in_use() {
#ifdef SNOW_TEST_SANITIZED
  return __sanitizer_get_current_allocated_bytes();
#else
  auto const all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
#endif
}

}  // namespace support
