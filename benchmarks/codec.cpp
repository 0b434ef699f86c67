// Encodes and decodes {int64, string(32), vector<double>(100)}: into a buffer that is used again, and out of
// it into a new value.
#include <snow/codec.hpp>

#include "sample.hpp"

static double both_ways(std::uint64_t times) {
  snow::byte_buffer buffer;
  auto const once = [&](const sample& from) {
    buffer.clear();
    snow::writer w{buffer};
    snow::encode(w, from);
    keep(buffer);
    return snow::decode<sample>(buffer.span());
  };
  auto const value = sample::made();
  figures::check("values alike", once(value).value() == value, true);
  figures::check("bytes", buffer.size(), 8 + 1 + 32 + 1 + 800);
  return measure_both_ways(times, once);
}

int main(int argc, char** argv) {
  return figures::run(argc, argv, {{"codec", "ns", 2'000'000, both_ways}});
}
