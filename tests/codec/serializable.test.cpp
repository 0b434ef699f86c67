#include "snow/codec/serializable.hpp"

#include <any>
#include <functional>
#include <memory>
#include <string_view>

#include "codec/samples.hpp"
#include "support/catch.hpp"

namespace {

struct own {
  int n = 0;
};
struct without_default {
  explicit without_default(int) {}
};
struct holds_own {
  std::vector<own> all;
};
struct refers {
  int& to;
};
union either {
  int a;
  float b;
};
enum open { one_value };
enum fixed : short { another_value };
struct constant {
  const int n = 1;
};
struct local_only {
  std::any anything;
  std::unique_ptr<int> owned;
};

}  // namespace

template <>
struct snow::codec<own> {
  static constexpr std::string_view shape = "own";
  static void encode(snow::writer& w, const own& o) { w.varint(static_cast<std::uint64_t>(o.n)); }
  static void decode(snow::reader& r, own& o) { o.n = r.small<int>(); }
};
template <>
struct snow::codec<without_default> {
  static constexpr std::string_view shape = "without_default";
};

namespace {

using snow::serializable;
using snow::detail::is_plain;
using snow::detail::least_bytes;

static_assert(serializable<samples::numbers> && serializable<samples::arrays>);
static_assert(serializable<samples::sequences> && serializable<samples::associations>);
static_assert(serializable<samples::choices> && serializable<samples::tree>);
static_assert(serializable<own> && serializable<holds_own> && serializable<std::optional<own>>);
static_assert(serializable<fixed> && serializable<snow::pid>);

static_assert(!serializable<int*> && !serializable<int&> && !serializable<const int>);
static_assert(!serializable<long double> && !serializable<wchar_t> && !serializable<std::wstring>);
static_assert(!serializable<either> && !serializable<open> && !serializable<constant>);
static_assert(!serializable<refers> && !serializable<local_only> && !serializable<without_default>);
static_assert(!serializable<std::string_view> && !serializable<std::span<const int>>);
static_assert(!serializable<std::function<void()>> && !serializable<std::vector<std::any>>);
static_assert(!serializable<std::variant<int, void*>> && !serializable<std::map<int, const char*>>);

// What is copied as it stands: no gaps, and every pattern of bytes a value.
static_assert(is_plain<int> && is_plain<samples::colour> && is_plain<samples::point>);
static_assert(is_plain<std::array<samples::point, 2>> && is_plain<std::chrono::seconds>);
static_assert(!is_plain<bool> && !is_plain<samples::answer> && !is_plain<samples::padded>);
static_assert(!is_plain<samples::empty> && !is_plain<snow::pid> && !is_plain<snow::errc>);
static_assert(!is_plain<std::array<bool, 2>> && !is_plain<own> && !is_plain<std::string>);

static_assert(least_bytes<std::array<std::uint64_t, 4>>() == 32);
static_assert(least_bytes<samples::padded>() == 5);
static_assert(least_bytes<samples::empty>() == 1 && least_bytes<std::tuple<>>() == 1);
static_assert(least_bytes<samples::tree>() == 3);

TEST_CASE("a type with a codec of its own travels within containers and aggregates") {
  auto const bytes = snow::encode(holds_own{{{1}, {300}}});
  CHECK(bytes.size() == 4);
  auto const again = snow::decode<holds_own>(bytes.span()).value();
  REQUIRE(again.all.size() == 2);
  CHECK(again.all[1].n == 300);
}

}  // namespace
