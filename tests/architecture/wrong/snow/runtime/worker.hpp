#pragma once
#include <asio/io_context.hpp>
#include <snow/codec/upwards.hpp>

#include "snow/codec.hpp"
