#pragma once

#include <string>
#include <vector>

#include "differential/script.hpp"

namespace differential {

/// What the processes of a script observe, line by line: on one node, or on two, where every second process
/// lives on the other. "03 a of b: exit x": in step 3 `a` received the exit of `b`, for the reason x. "03 a
/// has: links b" is what `info` says of it after that step, "03 a ends: x" what one who watches it is told.
std::vector<std::string> play_in_snow(const script& s, bool on_two_nodes);

}  // namespace differential
