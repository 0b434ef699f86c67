#pragma once

#include "snow/base/bytes.hpp"
#include "snow/base/clock.hpp"
#include "snow/base/config.hpp"
#include "snow/base/errc.hpp"
#include "snow/base/error.hpp"
#include "snow/base/format.hpp"
#include "snow/base/fwd.hpp"
#include "snow/base/log.hpp"
#include "snow/base/pid.hpp"
#include "snow/base/random.hpp"
#include "snow/base/reason.hpp"
#include "snow/base/result.hpp"
