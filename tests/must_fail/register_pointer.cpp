// A first parameter that is a pointer.
// EXPECT: snow: length: parameter 1 is a pointer, .*a std::string for text
#include <snow/process.hpp>
#include <string_view>

int length(const char* text);
int size(std::string_view text);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(length);
#else
SNOW_REGISTER(size);
#endif
