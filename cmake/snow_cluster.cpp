// What a project compiles of snow/cluster.hpp once. A unit of its own: a program that does not use it links
// none of it.
#define SNOW_COMPILES_LIBRARY
#include "snow/cluster/implementation.hpp"
