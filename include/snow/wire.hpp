#pragma once

#include "snow/wire/departures.hpp"
#include "snow/wire/fields.hpp"
#include "snow/wire/fragments.hpp"
#include "snow/wire/frame.hpp"
#include "snow/wire/handshake.hpp"
#include "snow/wire/hello.hpp"
#include "snow/wire/limits.hpp"
#include "snow/wire/messages.hpp"
#include "snow/wire/tag.hpp"
#include "snow/wire/windows.hpp"
