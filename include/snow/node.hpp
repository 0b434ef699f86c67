#pragma once

/// Who the other nodes are: the node itself, its options, its peers.

#include "snow/node/node.hpp"
#include "snow/node/options.hpp"

#ifndef SNOW_SEPARATE_COMPILATION
#include "snow/node/implementation.hpp"
#endif
