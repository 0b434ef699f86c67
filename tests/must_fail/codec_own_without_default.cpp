// A type with a codec, but without a default constructor.
// EXPECT: snow: a type with a snow::codec must have a default constructor
#include <snow/codec.hpp>

#include <vector>

class amount {
 public:
#ifndef SNOW_MUST_FAIL
  amount() = default;
#endif
  explicit amount(int n) : cents_{n} {}
  int cents() const {
    return cents_;
  }

 private:
  int cents_ = 0;
};
template <>
struct snow::codec<amount> {
  static constexpr std::string_view shape = "amount";
  static void encode(snow::writer& w, const amount& a) { w.number(a.cents()); }
  static void decode(snow::reader& r, amount& a) { a = amount{r.number<int>()}; }
};

snow::byte_buffer bytes_of(const std::vector<amount>& all) {
  return snow::encode(all);
}
