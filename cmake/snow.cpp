// What a project compiles of snow once: everything behind snow::node.
#define SNOW_COMPILES_LIBRARY
#define SNOW_INSTANTIATES
#include "snow/node/implementation.hpp"
