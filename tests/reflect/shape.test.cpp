#include "snow/reflect/shape.hpp"

#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "snow/codec.hpp"
#include "support/catch.hpp"

namespace {

using snow::fingerprint_of;
using snow::hash_of;
using snow::shape_of;

enum class colour : std::uint8_t { red };
struct empty {};
struct point {
  double x, y;
};
struct order {
  std::uint64_t number;
  std::vector<std::string> lines;
  std::optional<std::map<std::string, std::uint8_t>> notes;
};
struct tree {
  std::string label;
  std::vector<tree> kids;
};
struct forest;
struct grove {
  std::vector<forest> around;
  std::vector<grove> beside;
};
struct forest {
  std::map<int, grove> groves;
};
struct own {};

}  // namespace

template <>
struct snow::codec<own> {
  static constexpr std::string_view shape = "own 1";
};

namespace {

template <class T>
void check_shape(std::string_view text) {
  CHECK(shape_of<T>() == text);
  constexpr std::uint64_t fingerprint = fingerprint_of<T>;
  CHECK(fingerprint == hash_of(text));
}

TEST_CASE("each type has the shape that is written down here, for every compiler") {
  check_shape<bool>("bool");
  check_shape<char>("c8");
  check_shape<std::byte>("u8");
  check_shape<signed char>("i8");
  check_shape<char8_t>("u8");
  check_shape<char16_t>("u16");
  check_shape<char32_t>("u32");
  check_shape<short>("i16");
  check_shape<unsigned>("u32");
  check_shape<long>("i64");
  check_shape<long long>("i64");
  check_shape<float>("f32");
  check_shape<double>("f64");
  check_shape<colour>("eu8");
  check_shape<std::string>("string");
  check_shape<snow::bytes>("bytes");
  check_shape<snow::pid>("pid");
  check_shape<snow::reason>("reason");
  check_shape<std::monostate>("()");
  check_shape<std::tuple<>>("()");
  check_shape<std::tuple<int, bool>>("(i32,bool)");
  check_shape<std::pair<int, std::string>>("(i32,string)");
  check_shape<std::variant<int, std::string>>("<i32|string>");
  check_shape<std::optional<std::vector<int>>>("[i32]?");
  check_shape<int[2][12]>("i32*12*2");
  check_shape<std::array<std::array<int, 12>, 2>>("i32*12*2");
  check_shape<std::chrono::milliseconds>("d1/1000i64");
  check_shape<std::chrono::sys_seconds>("td1/1i64");
  check_shape<empty>("{}");
  check_shape<point>("{f64,f64}");
  check_shape<order>("{u64,[string],map<string,u8>?}");
  check_shape<own>("own 1");
  check_shape<std::vector<own>>("[own 1]");
}

TEST_CASE("containers of one kind have one shape") {
  check_shape<std::vector<int>>("[i32]");
  check_shape<std::deque<int>>("[i32]");
  check_shape<std::list<int>>("[i32]");
  check_shape<std::forward_list<int>>("[i32]");
  check_shape<std::vector<bool>>("[bool]");
  check_shape<std::set<int>>("set<i32>");
  check_shape<std::multiset<int>>("set<i32>");
  check_shape<std::unordered_set<int>>("set<i32>");
  check_shape<std::map<int, bool>>("map<i32,bool>");
  check_shape<std::multimap<int, bool>>("map<i32,bool>");
  check_shape<std::unordered_map<int, bool>>("map<i32,bool>");
}

TEST_CASE("a type that contains itself is spelled by the steps back to it") {
  check_shape<tree>("{string,[^0]}");
  check_shape<forest>("{map<i32,{[^1],[^0]}>}");
  check_shape<grove>("{[{map<i32,^1>}],[^0]}");
}

TEST_CASE("fingerprints of other shapes are others") {
  CHECK(fingerprint_of<point> != fingerprint_of<order>);
  CHECK(fingerprint_of<int> != fingerprint_of<unsigned>);
  CHECK(fingerprint_of<tree> == 0x3910FC0C03DF92DAU);
  CHECK(snow::type_key_of<std::string>.fingerprint == fingerprint_of<std::string>);
}

}  // namespace
