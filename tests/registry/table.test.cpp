#include "snow/registry/table.hpp"

#include <atomic>
#include <deque>
#include <set>
#include <thread>

#include "support/catch.hpp"

using snow::function_kind;
using snow::detail::function_constants;
using snow::detail::function_record;
using snow::detail::function_table;
using snow::detail::loaded_module;

namespace {

template <int N>
const void* place() {
  static const char here = 0;
  return &here;
}
std::string no_signature() {
  return "()->()";
}
template <int N>
constexpr function_constants constants{nullptr, &place<N>, &no_signature, 1, 2};

/// As a library that comes and goes.
struct library : loaded_module {
  explicit library(std::uint16_t number, std::string name = "lib") {
    id = number;
    path = std::move(name);
  }
};
struct fixture {
  // Never destroyed, as the one of the process: readers may look into it until the end.
  function_table& table = *new_table();
  library program{1, ""};
  library plugin{2};

  static function_table* new_table() {
    static auto& all = *new std::deque<function_table>;
    return &all.emplace_back();
  }

  bool add(loaded_module& m, const char* name, std::uint32_t line, const function_constants& f) {
    return table.add(m, name, function_kind::plain, "file.cpp", line, f);
  }
  std::size_t count(function_record::state s) const {
    std::size_t n = 0;
    table.each([&](const function_record& r) { n += r.is.load() == s; });
    return n;
  }
};

}  // namespace

TEST_CASE("an empty table finds nothing") {
  fixture f;
  CHECK(f.table.find("a") == nullptr);
  CHECK(f.table.find("") == nullptr);
}

TEST_CASE("the search for what is not there ends, however many names there are") {
  fixture f;
  std::deque<std::string> names;
  for (int i = 0; i < 1000; ++i) {
    f.add(f.program, names.emplace_back(std::to_string(i)).c_str(), 1, constants<1>);
    REQUIRE(f.table.find("not there") == nullptr);
  }
}

TEST_CASE("one function in many units is one entry, counted") {
  fixture f;
  for (int unit = 0; unit < 3; ++unit) CHECK(f.add(f.program, "a", 1, constants<1>));
  CHECK(f.count(function_record::state::active) == 1);
  CHECK(f.table.find("a")->registrations == 3);
}

TEST_CASE("the same function has the same address, or the same place and signature") {
  fixture f;
  REQUIRE(f.add(f.program, "a", 1, constants<1>));
  CHECK(f.add(f.program, "a", 2, constants<1>));   // registered in two places
  CHECK(f.add(f.program, "a", 1, constants<2>));   // a copy of the code, as in a shared library
  CHECK(!f.add(f.program, "a", 3, constants<3>));  // neither
  CHECK(f.table.find("a")->constants == &constants<1>);
  CHECK(f.count(function_record::state::refused) == 1);
}

TEST_CASE("a function may have two names") {
  fixture f;
  CHECK(f.add(f.program, "a", 1, constants<1>));
  CHECK(f.add(f.program, "b", 1, constants<1>));
  CHECK(f.table.find("a")->constants == f.table.find("b")->constants);
}

TEST_CASE("a library's functions are taken back with it, and its texts stay readable") {
  fixture f;
  f.add(f.program, "of the program", 1, constants<1>);
  std::string name = "of the library";
  f.add(f.plugin, name.c_str(), 2, constants<2>);
  auto const* const found = f.table.find("of the library");
  f.table.take_back(f.plugin);
  name.assign("XXXXXXXXXXXXXX");
  CHECK(f.table.find("of the library") == nullptr);
  CHECK(found->name() == "of the library");
  CHECK(snow::detail::signature_of_record(*found) == "()->()");
  CHECK(f.table.find("of the program") != nullptr);
}

TEST_CASE("a library that comes back gets its entries back, and takes no more memory") {
  fixture f;
  f.add(f.plugin, "a", 1, constants<1>);
  auto const* const first = f.table.find("a");
  for (int times = 0; times < 3; ++times) {
    f.table.take_back(f.plugin);
    CHECK(f.add(f.plugin, "a", 1, constants<2>));  // mapped elsewhere
    CHECK(f.table.find("a") == first);
    CHECK(first->constants->address() == place<2>());
  }
}

TEST_CASE("a function that the program has too stays when the library that brought it first goes") {
  fixture f;
  CHECK(f.add(f.plugin, "a", 1, constants<1>));
  CHECK(f.add(f.program, "a", 1, constants<2>));
  f.table.take_back(f.plugin);
  REQUIRE(f.table.find("a"));
  CHECK(f.table.find("a")->constants == &constants<2>);
}

TEST_CASE("a refused function is never found, and its name is free when both are gone") {
  fixture f;
  library other{3, "other"};
  CHECK(f.add(f.plugin, "a", 1, constants<1>));
  CHECK(!f.add(other, "a", 2, constants<2>));
  f.table.take_back(f.plugin);
  CHECK(f.table.find("a") == nullptr);
  f.table.take_back(other);
  CHECK(f.add(other, "a", 2, constants<2>));
  CHECK(f.table.find("a") != nullptr);
}

TEST_CASE("every one of many functions is found, while the table grows") {
  fixture f;
  std::deque<std::string> names;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    names.push_back("some::names_" + std::to_string(i));
    REQUIRE(f.add(f.program, names.back().c_str(), i, constants<1>));
  }
  std::set<const function_record*> found;
  for (auto const& n : names) {
    auto const* const r = f.table.find(n);
    REQUIRE(r);
    REQUIRE(r->name() == n);
    found.insert(r);
  }
  CHECK(found.size() == names.size());
  CHECK(f.table.find("some::names_20000") == nullptr);
}

TEST_CASE("readers find what is there while writers add and take back") {
  fixture f;
  std::deque<std::string> names;
  for (std::uint32_t i = 0; i < 3'000; ++i) names.push_back("names_" + std::to_string(i));
  f.add(f.program, "always", 1, constants<1>);
  std::atomic<bool> over = false;
  std::atomic<std::size_t> wrong = 0, looks = 0;
  auto const reads = [&] {
    for (std::size_t i = 0; !over.load() || i < names.size(); ++i) {
      if (!f.table.find("always")) ++wrong;
      auto const& n = names[i % names.size()];
      if (auto const* const r = f.table.find(n); r && r->name() != n) ++wrong;
      ++looks;
    }
  };
  std::thread one{reads}, two{reads};
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    f.add(i % 2 ? f.program : f.plugin, names[i].c_str(), i, constants<2>);
    if (i % 100 == 99) f.table.take_back(f.plugin);
  }
  over = true;
  one.join();
  two.join();
  CHECK(wrong == 0);
  CHECK(looks >= 2 * names.size());
}
