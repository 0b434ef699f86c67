#pragma once

/// What heals and finds.

#include "snow/cluster/supervisor.hpp"
