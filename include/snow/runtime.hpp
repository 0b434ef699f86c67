#pragma once

#include "snow/runtime/actor_table.hpp"
#include "snow/runtime/cell.hpp"
#include "snow/runtime/envelope.hpp"
#include "snow/runtime/inbox.hpp"
#include "snow/runtime/mailbox.hpp"
#include "snow/runtime/offload.hpp"
#include "snow/runtime/poller.hpp"
#include "snow/runtime/pool.hpp"
#include "snow/runtime/run_queue.hpp"
#include "snow/runtime/scheduler.hpp"
#include "snow/runtime/timers.hpp"
#include "snow/runtime/worker.hpp"
