#ifdef SNOW_MUST_FAIL
static_assert(false, "snow: the cure");
#endif
int main() {}  // SHOWN
