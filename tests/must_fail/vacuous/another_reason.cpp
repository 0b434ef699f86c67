// EXPECT: snow: the cure
#ifdef SNOW_MUST_FAIL
static_assert(false, "snow: another cure");
#endif
