#pragma once

/// Tests of actors, one node at a time (`fixture`), and of clusters: nodes in one thread, under virtual time,
/// on a network that a test breaks (`simulation`).

#include "snow/testing/fixture.hpp"
#include "snow/testing/shrink.hpp"
#include "snow/testing/simulation.hpp"
#include "snow/testing/storm.hpp"
#include "snow/testing/swarm.hpp"
