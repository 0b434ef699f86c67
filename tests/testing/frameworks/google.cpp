// The fixture under GoogleTest: nothing of it knows the framework.
#include <gtest/gtest.h>

#include <snow/actor.hpp>
#include <snow/testing.hpp>

namespace {

struct ping {
  using reply_type = int;
};
struct news {
  int number = 0;
};

snow::actor reporter(snow::context& self, snow::pid reader) {
  for (int n = 0;;) co_await self.receive([&](ping) { return self.send<news>(reader, ++n), n; });
}

class reporting : public testing::Test {
 protected:
  snow::testing::fixture kit;
  snow::testing::probe& reader = kit.probe("reader");
  snow::testing::spawned const writes = kit.spawn<reporter>(reader.pid());
};

}  // namespace

TEST_F(reporting, tells_its_reader) {
  EXPECT_EQ(*kit.ask<ping>(writes), 1);
  reader.expect(news{1});
  EXPECT_FALSE(writes.has_ended());
}

TEST_F(reporting, begins_anew_in_each_test) {
  EXPECT_EQ(*kit.ask<ping>(writes), 1);
  EXPECT_THROW(reader.expect(news{2}), snow::testing::unexpected);
}

// Fails, and is run for that: its sentence must be in the report.
TEST_F(reporting, DISABLED_is_told_in_a_sentence) {
  reader.expect<news>();
}
