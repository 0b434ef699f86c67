#pragma once

#include "snow/reflect/fields.hpp"
#include "snow/reflect/name.hpp"
#include "snow/reflect/shape.hpp"
