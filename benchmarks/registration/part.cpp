// 2,500 registrations: of eight functions, for the sake of the compiler, under a name for each.
#include <snow/process.hpp>

#include "functions.hpp"

template <int N>
int function(int x) {
  return x + N + 8 * PART;
}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define ONE(n) SNOW_REGISTER_AS("shop::part_" TEXT(PART) "::function_" #n, function<(1##n) % 8>);
#define TEN(n) \
  ONE(n##0) ONE(n##1) ONE(n##2) ONE(n##3) ONE(n##4) ONE(n##5) ONE(n##6) ONE(n##7) ONE(n##8) ONE(n##9)
#define HUNDRED(n) \
  TEN(n##0) TEN(n##1) TEN(n##2) TEN(n##3) TEN(n##4) TEN(n##5) TEN(n##6) TEN(n##7) TEN(n##8) TEN(n##9)
#define FIVE_HUNDRED(a, b, c, d, e) HUNDRED(a) HUNDRED(b) HUNDRED(c) HUNDRED(d) HUNDRED(e)

FIVE_HUNDRED(10, 11, 12, 13, 14)
FIVE_HUNDRED(15, 16, 17, 18, 19)
FIVE_HUNDRED(20, 21, 22, 23, 24)
FIVE_HUNDRED(25, 26, 27, 28, 29)
FIVE_HUNDRED(30, 31, 32, 33, 34)
