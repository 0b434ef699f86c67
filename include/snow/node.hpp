#pragma once

/// Who the other nodes are: the node itself, its options, its peers.

#include "snow/node/node.hpp"
#include "snow/node/options.hpp"
