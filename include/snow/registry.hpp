#pragma once

#include "snow/registry/callable.hpp"
#include "snow/registry/function.hpp"
#include "snow/registry/judge.hpp"
#include "snow/registry/lookup.hpp"
#include "snow/registry/module.hpp"
#include "snow/registry/name_index.hpp"
#include "snow/registry/table.hpp"
#include "snow/registry/this_module.hpp"
