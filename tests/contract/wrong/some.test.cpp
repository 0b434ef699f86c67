TEST_CASE("one that is good [S-1]", "[S-3]") {}
TEST_CASE("no claim [S-5] [S-6]") {}
TEST_CASE("proved [S-4]") {}
TEST_CASE("kept", "[some][S-7]") {}
// [S-2] is cited by no code.
