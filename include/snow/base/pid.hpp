#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <type_traits>

namespace snow {

/// A node as this process names it: an index into its node's table of (name, creation). 0 is no node, 1 is
/// the node itself; ids are never used again.
using node_id = std::uint32_t;
inline constexpr node_id no_node = 0;
inline constexpr node_id this_node = 1;

/// One process of one incarnation of one node, for ever (S-6). A value of 16 bytes, trivially copyable; it
/// means something only within the node that it was received or made in (the codec spells the node out on the
/// wire).
struct pid {
  node_id node = no_node;
  std::uint32_t slot = 0;
  std::uint64_t generation = 0;

  constexpr explicit operator bool() const noexcept { return node != no_node; }
  friend constexpr auto operator<=>(const pid&, const pid&) noexcept = default;
};

static_assert(sizeof(pid) == 16 && std::is_trivially_copyable_v<pid>);

}  // namespace snow

template <>
struct std::hash<snow::pid> {
  std::size_t operator()(const snow::pid& p) const noexcept {
    std::uint64_t h = (std::uint64_t{p.node} << 32 | p.slot) * 0x9E3779B97F4A7C15u;
    h ^= p.generation * 0xC2B2AE3D27D4EB4Fu;
    return static_cast<std::size_t>(h ^ h >> 29);
  }
};
