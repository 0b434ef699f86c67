#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace temporaries_test {

using namespace std::chrono_literals;
using support::expect;

// What an actor may write inside a `co_await` expression is destroyed once for each time that it was made, on
// every compiler. (GCC 12 destroys some temporaries there twice: those do not compile, see tests/must_fail.)

namespace {

int made = 0;
int ended = 0;

/// Its text is on the heap, so that the sanitizer sees a second destruction too.
struct counted {
  counted() { ++made; }
  explicit counted(std::string t) : text{std::move(t)} { ++made; }
  counted(const counted& c) : text{c.text} { ++made; }
  counted(counted&& c) noexcept : text{std::move(c.text)} { ++made; }
  counted& operator=(const counted&) = default;
  ~counted() { ++ended; }
  std::string text = "a text that is longer than a string holds in itself";
};
struct note {
  counted c;
  std::string text;
};
struct question {
  using reply_type = std::string;
  counted c;
  std::string text;
};
struct list {
  std::vector<std::string> texts;
};

constexpr auto long_text = "another text that is longer than a string holds in itself";

note make() {
  return {counted{}, long_text};
}
snow::actor answers(snow::context& self, counted c, std::string text, std::unique_ptr<int> p) {
  expect(!c.text.empty() && text == long_text && *p == 1);
  for (;;)
    co_await self.receive([](const note& n) { expect(n.text == long_text); },
                          [](const question& q) { return q.c.text + q.text; }, [](const list&) {});
}
std::string twice(counted c, std::string text, std::tuple<std::string, int> pair) {
  expect(std::get<0>(pair) == long_text);
  return c.text + text + text;
}

snow::actor writes_the_promised(snow::context& self) {
  auto const p = self.spawn<answers>(counted{}, std::string{long_text}, std::make_unique<int>(1));

  // Built in place.
  co_await self.send<note>(p, counted{}, long_text);
  co_await self.send<note>(p, counted{std::string{long_text}}, std::string{long_text});
  expect((co_await self.ask<question>(p, counted{}, long_text)).ends_with(long_text));
  // A named object, copied or moved; what a function returns.
  note named{counted{}, long_text};
  co_await self.send(p, named);
  co_await self.send<note>(p, named);
  co_await self.send<note>(p, std::move(named));
  co_await self.send<note>(p, make());
  question const q{counted{}, long_text};
  expect(!(co_await self.ask<question>(p, q)).empty());
  // Closures that need no destruction, and those that were named.
  int const one = 1;
  co_await self.receive([&](note) { expect(one == 1); }, snow::after(0ns, [&] { expect(one == 1); }));
  auto const owner = std::make_shared<counted>();
  auto const holds = [owner](note) { expect(!owner->text.empty()); };
  auto const then = [owner] { expect(!owner->text.empty()); };
  co_await self.receive(holds, snow::after(0ns, then));
  expect(co_await self.blocking([&] { return owner->text; }) == owner->text);
  auto const works = [owner] { return owner->text; };
  expect(co_await self.blocking(works) == owner->text);
  // Temporaries of classes with constructors, wherever.
  co_await self.ask<question>(
      self.spawn<answers>(counted{}, std::string{long_text}, std::make_unique<int>(1)), counted{}, long_text);
  expect((co_await self.call<twice>(counted{}, std::string{long_text},
                                    std::make_tuple(std::string{long_text}, 1)))
             .ends_with(long_text));
  auto const nobody = co_await snow::as_result(
      self.ask<question>(snow::named{std::string{"nobody of a name that is long enough"}}, counted{},
                         long_text)
          .within(1s));
  expect(nobody.error() == snow::errc::no_process);
  self.exit(self.spawn<answers>(counted{}, long_text, std::make_unique<int>(1)), std::string{long_text});
  auto const called = co_await snow::as_result(
      self.call<twice>(counted{}, long_text, std::make_tuple(long_text, 1)).within(1h));
  expect(called && called->ends_with(long_text));
  // Whatever, before the await.
  auto op = self.ask<question>(p, counted{}, std::string{long_text});
  expect(!(co_await op).empty());
  self.send<list>(p, std::vector<std::string>{long_text, "b"});
  std::vector<std::string> const texts{long_text, "b"};
  co_await self.send<list>(p, texts);
}

}  // namespace

TEST_CASE("what is promised to be right inside co_await is destroyed as often as it was made") {
  made = ended = 0;
  support::run_actors<writes_the_promised>();
  CHECK(made > 30);
  CHECK(ended == made);
}

}  // namespace temporaries_test
