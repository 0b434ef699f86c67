#pragma once

/// `co_await self.asio(op)`: the operations of Asio, for who includes Asio. A header of its own, since Asio
/// is most of what snow would take to compile.

#include "snow/node/asio_operation.hpp"
