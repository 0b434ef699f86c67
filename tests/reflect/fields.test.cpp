#include "snow/reflect/fields.hpp"

#include <any>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support/catch.hpp"

namespace fields_test {

namespace {

using snow::field_count;
using snow::field_fault;
using snow::reflectable;
using snow::visit_fields;

struct empty {};
struct one {
  std::string text;
};
struct of_one {
  one inner;
};
struct elided {
  int numbers[3];
  std::string words[2][2];
  std::array<int, 4> more;
  one inner[1];
  char page[65536];
};
struct tree {
  std::string label;
  std::vector<tree> kids;
  std::map<std::string, tree> named;
};
struct defaults {
  int a = 1;
  std::optional<int> b = {};
  std::variant<int, std::string> c = "c";
};
struct greedy {
  std::any anything;
  std::function<void()> f;
  std::unique_ptr<int> owned;
  std::mutex unmovable;
};
struct sixty_four {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15;
  std::string b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;
  double c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15;
  char d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15;
};
struct sixty_five {
  sixty_four first;
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15;
  int b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15;
  int d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15;
};
struct derived : one {
  int more;
};
struct only_derived : one {};
struct empty_base : empty {
  int more;
};
struct refers {
  int first;
  std::mutex& to;
};
int somewhere = 0;
struct refers_by_default {
  int& to = somewhere;
};
struct no_default {
  explicit no_default(int) {}
};
struct holds_no_default {
  no_default inner;
};
struct holds_no_default_but_starts {
  int before;
  no_default inner{3};
};
struct bits {
  unsigned a : 3;
  unsigned b : 5;
};
struct anonymous_union {
  int before;
  union {
    int a;
    float b;
  };
};

static_assert(field_count<empty> == 0);
static_assert(field_count<one> == 1);
static_assert(field_count<of_one> == 1);
static_assert(field_count<elided> == 5);
static_assert(field_count<tree> == 3);
static_assert(field_count<defaults> == 3);
static_assert(field_count<greedy> == 4);
static_assert(field_count<sixty_four> == 64);

template <class T>
constexpr field_fault fault = snow::detail::fields_of<T>.fault;
static_assert(fault<sixty_five> == field_fault::too_many);
static_assert(fault<derived> == field_fault::base_class);
static_assert(fault<only_derived> == field_fault::base_class);
static_assert(fault<empty_base> == field_fault::base_class);
static_assert(fault<refers> == field_fault::no_default);
static_assert(fault<refers_by_default> == field_fault::no_default);
static_assert(fault<holds_no_default> == field_fault::no_default);
static_assert(fault<holds_no_default_but_starts> == field_fault::no_default);
static_assert(fault<bits> == field_fault::bit_field);
static_assert(fault<anonymous_union> == field_fault::union_type);
static_assert(reflectable<sixty_four> && !reflectable<sixty_five> && !reflectable<bits>);
static_assert(!reflectable<std::string> && !reflectable<int> && !reflectable<int[3]>);

TEST_CASE("fields are visited in the order of their declaration") {
  sixty_four all{};
  all.a0 = 1;
  all.b15 = "two";
  all.d15 = 'x';
  std::vector<const void*> seen;
  visit_fields(all, [&](auto&... field) { (seen.push_back(&field), ...); });
  REQUIRE(seen.size() == 64);
  CHECK(seen.front() == &all.a0);
  CHECK(seen[31] == &all.b15);
  CHECK(seen.back() == &all.d15);
}

TEST_CASE("fields can be changed where the aggregate can, and are const where it is") {
  elided value{};
  visit_fields(value, [](auto& numbers, auto&... rest) {
    numbers[2] = 7;
    static_assert(sizeof...(rest) == 4);
  });
  CHECK(value.numbers[2] == 7);
  const elided& fixed = value;
  visit_fields(fixed, [](auto& numbers, auto&...) {
    static_assert(std::is_const_v<std::remove_reference_t<decltype(numbers)>>);
  });
}

}  // namespace

}  // namespace fields_test
