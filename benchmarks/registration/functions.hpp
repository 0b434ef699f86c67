#pragma once

#include <cstddef>

/// The benchmark's 10,000 functions, in parts that are compiled apart.
inline constexpr int parts = 4;
inline constexpr std::size_t functions_of_a_part = 2'500;
