// An operation of Asio where only snow/actor.hpp is included.
// EXPECT: snow: self.asio\(op\) needs #include <snow/asio.hpp>
#ifdef SNOW_MUST_FAIL
#include <snow/actor.hpp>

#include <asio/use_awaitable.hpp>
#else
#include <snow/actor.hpp>
#include <snow/asio.hpp>
#endif
#include <asio/steady_timer.hpp>

snow::actor app(snow::context& self, asio::steady_timer* timer) {
  co_await self.asio([=](auto token) { return timer->async_wait(token); });  // SHOWN
}
