#pragma once

#include "snow/session/address.hpp"
#include "snow/session/alarm.hpp"
#include "snow/session/outbox.hpp"
#include "snow/session/prover.hpp"
#include "snow/session/receive_buffer.hpp"
#include "snow/session/session.hpp"
#include "snow/session/socket_transport.hpp"
#include "snow/session/stream.hpp"
#include "snow/session/window_returns.hpp"
