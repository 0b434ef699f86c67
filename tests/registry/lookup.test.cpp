#include "snow/registry/lookup.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "registry/plugins/shop.hpp"
#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace shop {
static int discount(int percent) {
  return percent;
}
}  // namespace shop
SNOW_REGISTER(shop::discount);

namespace {

/// A plugin of ours, as long as it is open.
class plugin {
 public:
  explicit plugin(const std::string& name)
      : path_{SNOW_TEST_PLUGINS "/snow_plugin_" + name + ".so"}, handle_{dlopen(path_.c_str(), RTLD_NOW)} {
    if (!handle_) throw std::runtime_error{dlerror()};
  }
  plugin(plugin&&) = delete;
  ~plugin() { close(); }

  void close() {
    if (handle_) dlclose(std::exchange(handle_, nullptr));
  }
  /// As the registry sees it; nothing when it is not mapped.
  std::optional<snow::plugin_info> info() const {
    for (auto& p : snow::plugins())
      if (p.path == path_) return p;
    return std::nullopt;
  }

 private:
  std::string path_;
  void* handle_;
};

std::optional<snow::function_info> info(std::string_view name) {
  for (auto& f : snow::functions())
    if (f.name == name) return f;
  return std::nullopt;
}

template <class... Args>
snow::launch_request request_of(snow::environment& env, Args... args) {
  snow::byte_buffer body;
  snow::writer w{body};
  snow::encode_body(w, std::tuple{args...});
  return {env, snow::bytes::copy_of(body.span())};
}

TEST_CASE("a plugin brings its functions, and takes them back when it is closed") {
  for (int times = 0; times < 3; ++times) {
    plugin shop{"seller"};
    REQUIRE(snow::find_function("shop::seller"));
    auto const seller = info("shop::seller").value();
    CHECK(seller.plugin);
    CHECK(seller.module == shop.info()->path);
    CHECK(seller.signature == "(i64)->()");
    CHECK(seller.kind == snow::function_kind::actor);
    CHECK(seller.registrations == 1);
    CHECK(seller.where.file.ends_with("seller.cpp"));
    CHECK(shop.info()->functions == 2);
    CHECK(shop.info()->refused == 0);
    CHECK(shop.info()->pins == 0);
    shop.close();
    CHECK_FALSE(shop.info());
    CHECK_FALSE(snow::find_function("shop::seller"));
    CHECK_FALSE(info("shop::seller"));
  }
}

TEST_CASE("a function that program and plugin share is one entry, and stays the program's") {
  auto const before = info("shop::everywhere").value();
  plugin shop{"seller"};
  auto const with = info("shop::everywhere").value();
  CHECK(with.registrations == before.registrations + 1);
  CHECK(with.module.empty());
  shop.close();
  CHECK(info("shop::everywhere")->registrations == before.registrations);
  CHECK(snow::registry_conflicts().empty());
}

TEST_CASE("of two functions under one name the plugin's is refused, with both locations") {
  plugin rival{"rival"};
  CHECK(rival.info()->refused == 1);
  CHECK(snow::find_function("shop::sale"));
  CHECK(info("shop::discount")->module.empty());
  auto const conflicts = snow::registry_conflicts();
  REQUIRE(conflicts.size() == 1);
  CHECK(conflicts[0].second.plugin);
  auto const text = conflicts[0].to_string();
  INFO(text);
  CHECK(text.starts_with("two functions are registered as shop::discount: at "));
  CHECK(text.find(std::string{__FILE__} + ":19 and at ") != text.npos);
  CHECK(text.ends_with("rival.cpp:14"));
  rival.close();
  CHECK(snow::registry_conflicts().empty());
}

TEST_CASE("what is known of a function stays readable after its plugin is closed, and it cannot be started") {
  plugin shop{"seller"};
  auto const seller = snow::find_function("shop::seller");
  shop.close();
  CHECK(seller.name() == "shop::seller");
  CHECK(seller.signature() == "(i64)->()");
  CHECK_FALSE(seller.pin());
}

TEST_CASE("a pinned function keeps its plugin mapped when that is closed") {
  plugin shop{"seller"};
  auto const seller = snow::find_function("shop::seller");
  auto first = seller.pin();
  auto second = seller.pin();
  REQUIRE(first);
  CHECK(shop.info()->pins == 2);
  shop.close();
  first = {};
  CHECK(shop.info()->pins == 1);
  REQUIRE(snow::find_function("shop::seller"));
  // Its code runs: it refuses arguments that are none.
  snow::steady_clock clock;
  snow::environment env{clock};
  snow::launch_request r{env, {}};
  second.start(r);
  CHECK(r.status == snow::errc::bad_arguments);
  second = {};
  CHECK_FALSE(shop.info());
  CHECK_FALSE(snow::find_function("shop::seller"));
}

TEST_CASE("a plugin that the loader keeps mapped is reported as such") {
  plugin kept{"kept"};
  kept.close();
  REQUIRE(kept.info());
  CHECK(kept.info()->pins == 0);
  CHECK(snow::find_function("shop::kept"));
}

/// Starts a seller from the plugin, closes the plugin, and goes on dealing with it.
snow::actor deals_with_a_closed_plugin(snow::context& self) {
  plugin shop{"seller"};
  snow::pid seller;
  {
    auto const code = snow::find_function("shop::seller").pin();
    auto r = request_of(snow::environment::current(), std::int64_t{7});
    r.options.code = code.code;
    r.options.parent = self.id();
    code.start(r);
    seller = r.started;
  }
  shop.close();
  CHECK(shop.info()->pins == 1);
  CHECK(co_await self.ask<shop::price>(seller, 6) == 42);
  self.monitor(seller);
  self.send<shop::close>(seller);
  co_await self.receive([](const snow::down& d) { CHECK(d.reason == snow::errc::normal); });
  CHECK(shop.info()->pins == 1);  // by the message
  co_await self.receive([](const shop::closed& c) { CHECK(c.by.starts_with("a seller")); });
  while (shop.info()) co_await self.sleep_for(std::chrono::milliseconds{1});
  CHECK_FALSE(snow::find_function("shop::seller"));
}

TEST_CASE(
    "a plugin that is closed stays mapped until its last actor has ended and its last message is read") {
  support::run_actors<deals_with_a_closed_plugin>(1);
  support::run_actors<deals_with_a_closed_plugin>(2);
}

TEST_CASE("readers look up and start while a plugin comes and goes") {
  snow::steady_clock clock;
  snow::environment env{clock};
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0, looks = 0, started = 0;
  auto const reads = [&] {
    while (!over.load() || looks.load() < 1'000) {
      if (!snow::find_function("shop::everywhere")) ++wrong;
      ++looks;
      auto const seller = snow::find_function("shop::seller");
      if (!seller) continue;
      if (seller.name() != "shop::seller" || seller.signature() != "(i64)->()") ++wrong;
      if (auto const code = seller.pin()) {
        snow::launch_request r{env, {}};
        code.start(r);
        wrong += r.status != snow::errc::bad_arguments;
        ++started;
      }
    }
  };
  auto const lists = [&] {
    while (!over.load()) {
      auto const all = snow::functions();
      wrong += std::none_of(all.begin(), all.end(), [](auto& f) { return f.name == "shop::everywhere"; });
      for (auto const& p : snow::plugins()) wrong += p.path.empty();
    }
  };
  std::thread one{reads}, two{reads}, three{lists};
  for (int times = 0; times < 20 || started.load() == 0; ++times) {
    plugin shop{"seller"};
    if (!snow::find_function("shop::seller")) ++wrong;
  }
  over = true;
  one.join();
  two.join();
  three.join();
  CHECK(wrong == 0);
  CHECK(started > 0);
}

}  // namespace
