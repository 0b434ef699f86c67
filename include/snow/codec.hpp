#pragma once

#include "snow/codec/body.hpp"
#include "snow/codec/byte_buffer.hpp"
#include "snow/codec/node_names.hpp"
#include "snow/codec/reader.hpp"
#include "snow/codec/serializable.hpp"
#include "snow/codec/values.hpp"
#include "snow/codec/writer.hpp"
