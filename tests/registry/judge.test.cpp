#include "snow/registry/judge.hpp"

#include "support/catch.hpp"

using snow::detail::fault;
using snow::detail::judge;
using snow::detail::judge_name;
using snow::detail::spelled_function;
using snow::detail::verdict;

namespace judged {
int plain(int x);
int anonymous_lambda(int x);
inline constexpr auto closure = [](int x) { return x; };
struct with_static {
  static int f(int x);
};
namespace inner {
int deep(std::string_view, const std::string&, std::span<const int>, const std::vector<int>&);
}
void takes(int, int*);
void takes_context(snow::context&, int);
snow::task<void> waits(snow::context&, int, int&);
snow::actor acts(snow::context&, int, const char*);
}  // namespace judged

TEST_CASE("the compilers spell a function by its qualified name") {
  CHECK(spelled_function<judged::plain>() == "judged::plain");
  CHECK(spelled_function<&judged::plain>() == "judged::plain");
  CHECK(spelled_function<judged::inner::deep>() == "judged::inner::deep");
  CHECK(spelled_function<judged::with_static::f>() == "judged::with_static::f");
}

TEST_CASE("a name is judged by what both compilers would say of it") {
  CHECK(judge_name("ns::f", "f") == fault::none);
  CHECK(judge_name("ns::f", "::ns::f") == fault::none);
  CHECK(judge_name("ns::f", "& ns::f") == fault::none);
  CHECK(judge_name("ns::f__", "f__") == fault::none);
  CHECK(judge_name("lambda_of::anonymous", "anonymous") == fault::none);
  CHECK(judge_name("{anonymous}::f", "f") == fault::unnamed_namespace);
  CHECK(judge_name("(anonymous namespace)::f", "f") == fault::unnamed_namespace);
  CHECK(judge_name("ns::f<int>", "alias") == fault::template_instance);
  CHECK(judge_name("ns::f", "ns::f<int>") == fault::template_instance);
  CHECK(judge_name("ns::__f", "__f") == fault::reserved);
  CHECK(judge_name("ns::f", "g") == fault::alias);
}

TEST_CASE("what a function takes is judged parameter by parameter, counted as its author counts") {
  CHECK(judge::of<judged::plain>("plain") == verdict{});
  CHECK(judge::of<judged::anonymous_lambda>("judged::anonymous_lambda") == verdict{});
  CHECK(judge::of<judged::inner::deep>("deep") == verdict{});
  CHECK(judge::of<judged::takes>("takes") == verdict{fault::pointer, 2});
  CHECK(judge::of<judged::takes_context>("takes_context") == verdict{fault::context_not_first, 1});
  CHECK(judge::of<judged::waits>("waits") == verdict{fault::reference, 3});
  CHECK(judge::of<judged::acts>("acts") == verdict{fault::pointer, 3});
  CHECK(judge::of<judged::closure>("closure") == verdict{fault::lambda});
  CHECK(judge::of_named<judged::closure>("closure") == verdict{});
  CHECK(judge::of_named<judged::closure>("") == verdict{fault::empty_name});
}
