#include "snow/process/register.hpp"

#include <algorithm>
#include <optional>

#include "support/catch.hpp"

namespace registered {
std::uint64_t square(std::uint64_t x) {
  return x * x;
}
snow::actor counts(snow::context&, std::string_view, std::uint64_t) {
  co_return;
}
snow::task<std::vector<int>> gathers(snow::context&, const std::vector<int>& v) {
  co_return v;
}
void nothing() {}
template <class... T>
std::size_t box(int) {
  return sizeof...(T);
}
int over(int x) {
  return x;
}
std::int64_t over(std::int64_t x) {
  return x;
}
inline constexpr auto twice = [](int x) { return 2 * x; };
int __odd(int x) {
  return x;
}
}  // namespace registered
namespace {
int hidden(int x) {
  return x;
}
}  // namespace

SNOW_REGISTER(registered::square, registered::counts, registered::gathers);
SNOW_REGISTER(registered::square);
namespace registered {
SNOW_REGISTER(nothing);
}
SNOW_REGISTER_AS("box", registered::box<int, char>);
SNOW_REGISTER_AS("over", static_cast<std::int64_t (*)(std::int64_t)>(registered::over));
SNOW_REGISTER_AS("twice", registered::twice);
SNOW_REGISTER_AS("at once", [](int x) { return x + 1; });
SNOW_REGISTER_AS("hidden", hidden);
SNOW_REGISTER_AS("odd", registered::__odd);

namespace {
std::optional<snow::function_info> info(std::string_view name) {
  for (auto& f : snow::functions())
    if (f.name == name) return f;
  return std::nullopt;
}
}  // namespace

TEST_CASE("the registry is complete before main, under qualified names") {
  for (auto const* name : {"registered::square", "registered::counts", "registered::gathers",
                           "registered::nothing", "box", "over", "twice", "at once", "hidden", "odd"}) {
    INFO(name);
    CHECK(snow::find_function(name));
    CHECK(info(name));
  }
  CHECK_FALSE(snow::find_function("square"));
  CHECK_FALSE(snow::find_function(""));
}

TEST_CASE("an entry tells signature, kind and source location") {
  auto const square = info("registered::square").value();
  CHECK(square.signature == "(u64)->u64");
  CHECK(square.kind == snow::function_kind::plain);
  CHECK(square.where.file == __FILE__);
  CHECK(square.where.line == 40);
  CHECK(square.registrations == 2);
  CHECK(square.module.empty());
  CHECK(square.address == reinterpret_cast<const void*>(&registered::square));
  CHECK(info("registered::counts")->signature == "(string,u64)->()");
  CHECK(info("registered::counts")->kind == snow::function_kind::actor);
  CHECK(info("registered::gathers")->signature == "([i32])->[i32]");
  CHECK(info("registered::gathers")->kind == snow::function_kind::task);
  CHECK(info("registered::nothing")->signature == "()->()");
  CHECK(info("over")->signature == "(i64)->i64");
}

TEST_CASE("a fingerprint tells parameters, result and kind apart; a caller by name knows the parameters") {
  auto const square = snow::find_function("registered::square");
  auto const over = snow::find_function("over");
  CHECK(square.parameters() == snow::detail::parameters_of<std::tuple<std::uint64_t>>);
  CHECK(square.fingerprint() == snow::detail::signature_of<registered::square>);
  CHECK(square.fingerprint() != over.fingerprint());
  CHECK(snow::find_function("box").parameters() == snow::find_function("twice").parameters());
  CHECK(snow::find_function("box").fingerprint() != snow::find_function("twice").fingerprint());
}

TEST_CASE("a function's fingerprint is the one that is written down here, for every compiler") {
  CHECK(snow::detail::signature_of<registered::square> == 0x78D827EB28C92ED5u);
  CHECK(snow::detail::signature_of<registered::counts> == 0x13BB649621AF7E19u);
  CHECK(snow::detail::signature_of<registered::gathers> == 0x42B601E26625BD8Eu);
}

TEST_CASE("callers ask for a function by the name that it was registered under") {
  CHECK(snow::detail::name_of_function<registered::square>() == "registered::square");
  CHECK(snow::detail::name_of_function<registered::twice>() == "twice");
  CHECK(snow::detail::name_of_function<&hidden>() == "hidden");
}

TEST_CASE("a function of the program itself is pinned at no cost") {
  auto const pinned = snow::find_function("registered::square").pin();
  CHECK(pinned.start == &snow::detail::start_thunk<registered::square>);
  CHECK(pinned.code == nullptr);
}

TEST_CASE("a program without conflicts has none") {
  CHECK(snow::registry_conflicts().empty());
}
