#include "snow/reflect/name.hpp"

#include <map>
#include <string>

#include "support/catch.hpp"

namespace shop {

struct order {
  struct line {};
};
enum class colour { red };
template <class T>
struct box {};
struct parcel {};

}  // namespace shop

struct in_no_namespace {};

namespace snow::detail {
struct beside_who_asks {};
void acts_beside_who_asks();
}  // namespace snow::detail

namespace {

struct hidden {};

}  // namespace

template <>
inline constexpr std::string_view snow::name_of<shop::box<int>> = "shop::box_of_int";

namespace {

using snow::has_portable_name;
using snow::name_of;

// Written down, so that each compiler is held to the same text.
static_assert(name_of<shop::order> == "shop::order");
static_assert(name_of<shop::order::line> == "shop::order::line");
static_assert(name_of<shop::colour> == "shop::colour");
static_assert(name_of<in_no_namespace> == "in_no_namespace");
static_assert(name_of<snow::detail::beside_who_asks> == "snow::detail::beside_who_asks");
static_assert(snow::detail::spelled_function<snow::detail::acts_beside_who_asks>() ==
              "snow::detail::acts_beside_who_asks");
static_assert(name_of<shop::box<int>> == "shop::box_of_int");
static_assert(snow::hash_of(name_of<shop::order>) == snow::hash_of("shop::order"));

static_assert(has_portable_name<shop::order> && has_portable_name<shop::order::line>);
static_assert(has_portable_name<shop::colour> && has_portable_name<in_no_namespace>);
static_assert(has_portable_name<shop::box<int>>);
static_assert(!has_portable_name<shop::box<long>>);
static_assert(!has_portable_name<shop::box<shop::parcel>>);
static_assert(!has_portable_name<std::map<int, int>>);
static_assert(!has_portable_name<hidden>);
static_assert(!has_portable_name<int*> && !has_portable_name<int[3]>);

TEST_CASE("the hash of a name is FNV-1a of 64 bits, as others compute it") {
  CHECK(snow::hash_of("") == 0xCBF29CE484222325u);
  CHECK(snow::hash_of("a") == 0xAF63DC4C8601EC8Cu);
  CHECK(snow::hash_of("foobar") == 0x85944171F73967E8u);
  CHECK(snow::hash_of("bar", snow::hash_of("foo")) == snow::hash_of("foobar"));
}

TEST_CASE("a lambda has no portable name") {
  auto const f = [] {};
  CHECK_FALSE(has_portable_name<decltype(f)>);
}

}  // namespace
