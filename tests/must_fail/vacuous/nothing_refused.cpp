// EXPECT: snow: the cure
static_assert(true, "snow: the cure");
