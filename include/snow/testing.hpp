#pragma once

/// Tests of clusters: nodes in one thread, under virtual time, on a network that a test breaks.

#include "snow/testing/shrink.hpp"
#include "snow/testing/simulation.hpp"
#include "snow/testing/storm.hpp"
#include "snow/testing/swarm.hpp"
