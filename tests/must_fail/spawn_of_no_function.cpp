// What is no function cannot run as an actor.
// EXPECT: snow: spawn<f> and call<f> take a function or a lambda without captures
#include <snow/process.hpp>

snow::actor waits(snow::context&);

#ifdef SNOW_MUST_FAIL
snow::pid begin(snow::context& self) { return self.spawn<3>(); }
#else
snow::pid begin(snow::context& self) { return self.spawn<waits>(); }
#endif
