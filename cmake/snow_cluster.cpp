// The same of snow/cluster.hpp. A program that does not use it links none of it.
#define SNOW_COMPILES_LIBRARY
#include "snow/cluster/implementation.hpp"
