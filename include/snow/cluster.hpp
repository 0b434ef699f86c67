#pragma once

/// What finds: groups of processes over nodes, and names that one process of all nodes has.

#include "snow/cluster/embedded_store.hpp"
#include "snow/cluster/global_names.hpp"
#include "snow/cluster/groups.hpp"
#include "snow/cluster/store.hpp"
