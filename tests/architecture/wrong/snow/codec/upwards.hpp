#pragma once
#include <vector>

#include "snow/runtime/worker.hpp"
