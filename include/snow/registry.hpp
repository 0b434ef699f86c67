#pragma once

#include "snow/registry/function.hpp"
#include "snow/registry/judge.hpp"
#include "snow/registry/table.hpp"
