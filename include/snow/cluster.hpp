#pragma once

/// What finds: groups of processes over nodes.

#include "snow/cluster/groups.hpp"
