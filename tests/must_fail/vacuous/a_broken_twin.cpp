// EXPECT: snow: the cure
static_assert(false, "snow: the cure");
