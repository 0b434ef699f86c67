#pragma once

#include "snow/process/actor_of.hpp"
#include "snow/process/call.hpp"
#include "snow/process/context.hpp"
#include "snow/process/context_bodies.hpp"
#include "snow/process/info.hpp"
#include "snow/process/register.hpp"
#include "snow/process/remote_start.hpp"
#include "snow/process/spawn.hpp"
#include "snow/process/task.hpp"

#ifndef SNOW_SEPARATE_COMPILATION
#include "snow/process/implementation.hpp"
#endif
