#pragma once

/// What is built on actors: supervisors, behaviours, tasks, groups, names. `snow/actor.hpp` does without it.

#include "snow/cluster/async.hpp"
#include "snow/cluster/embedded_store.hpp"
#include "snow/cluster/global_names.hpp"
#include "snow/cluster/groups.hpp"
#include "snow/cluster/server.hpp"
#include "snow/cluster/state_machine.hpp"
#include "snow/cluster/store.hpp"
#include "snow/cluster/supervisor.hpp"

#ifndef SNOW_SEPARATE_COMPILATION
#include "snow/cluster/implementation.hpp"
#endif
