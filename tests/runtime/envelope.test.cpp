#include "snow/runtime/envelope.hpp"

#include <memory>
#include <stdexcept>

#include "support/catch.hpp"

namespace envelope_test {

namespace {

struct counted {
  explicit counted(int& alive, bool fails = false) : count{&alive} {
    if (fails) throw std::runtime_error{"not today"};
    ++*count;
  }
  counted(const counted&) = delete;
  ~counted() { --*count; }
  int* count;
};

}  // namespace

TEST_CASE("an envelope's payload is built in place and destroyed with it, once") {
  snow::pool memory;
  snow::pool::exchange_current(&memory);
  int alive = 0;
  auto* const e = snow::make_envelope<snow::letter<counted>>(memory, snow::signal_kind::message,
                                                             snow::payload_type_of<counted>, alive);
  CHECK(alive == 1);
  CHECK(e->kind == snow::signal_kind::message);
  CHECK(e->block == sizeof(snow::letter<counted>));
  snow::dispose(e);
  CHECK(alive == 0);
  snow::pool::exchange_current(nullptr);
}

TEST_CASE("the memory of an envelope whose payload throws is given back") {
  snow::pool memory;
  snow::pool::exchange_current(&memory);
  int alive = 0;
  CHECK_THROWS_AS(snow::make_envelope<snow::letter<counted>>(memory, snow::signal_kind::message,
                                                             snow::payload_type_of<counted>, alive, true),
                  std::runtime_error);
  CHECK(alive == 0);  // and the leak checker says the rest
  snow::pool::exchange_current(nullptr);
}

}  // namespace envelope_test
