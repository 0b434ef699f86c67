// What the codec does, by hand.
#include <cstring>
#include <snow/codec.hpp>

#include "../sample.hpp"

static double both_ways(std::uint64_t times) {
  snow::byte_buffer buffer;
  auto const once = [&](const sample& from) {
    buffer.clear();
    std::size_t const text = from.text.size(), values = from.values.size();
    std::byte* out = buffer.append(3 * 8 + text + 8 * values);
    std::memcpy(out, &from.number, 8);
    std::memcpy(out + 8, &text, 8);
    std::memcpy(out + 16, &values, 8);
    std::memcpy(out + 24, from.text.data(), text);
    std::memcpy(out + 24 + text, from.values.data(), 8 * values);
    keep(buffer);
    const std::byte* in = buffer.data();
    sample to;
    std::size_t texts, doubles;
    std::memcpy(&to.number, in, 8);
    std::memcpy(&texts, in + 8, 8);
    std::memcpy(&doubles, in + 16, 8);
    to.text.assign(reinterpret_cast<const char*>(in + 24), texts);
    to.values.resize(doubles);
    std::memcpy(to.values.data(), in + 24 + texts, 8 * doubles);
    return to;
  };
  auto const value = sample::made();
  figures::check("values alike", once(value) == value, true);
  return measure_both_ways(times, once);
}

int main(int argc, char** argv) {
  return figures::run(argc, argv, {{"codec", "ns", 2'000'000, both_ways}});
}
