#pragma once

/// Everything but what awaits Asio's operations (`snow/asio.hpp`), TLS (`snow/tls.hpp`) and the test kit
/// (`snow/testing.hpp`).

#include "snow/base.hpp"
#include "snow/codec.hpp"
#include "snow/node.hpp"
#include "snow/process.hpp"
#include "snow/reflect.hpp"
#include "snow/registry.hpp"
#include "snow/runtime.hpp"
