// Encodes and decodes {int64, string(32), vector<double>(100)}, and the same by hand with memcpy: into a
// buffer that is used again, and out of it into a new value.
#include <snow/codec.hpp>

#include <cstring>
#include <string>
#include <vector>

#include "figures.hpp"

struct sample {
  std::int64_t number = 0;
  std::string text;
  std::vector<double> values;
  friend bool operator==(const sample&, const sample&) = default;
};

/// Keeps the compiler from leaving out what nobody looks at.
template <class T>
static void keep(T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

static void by_codec(const sample& from, snow::byte_buffer& buffer) {
  buffer.clear();
  snow::writer w{buffer};
  snow::encode(w, from);
  keep(buffer);
  auto to = snow::decode<sample>(buffer.span());
  keep(to);
}

static void by_hand(const sample& from, snow::byte_buffer& buffer) {
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
  keep(to);
}

static sample made() {
  sample value{-1, std::string(32, 's'), std::vector<double>(100)};
  for (std::size_t i = 0; i < value.values.size(); ++i) value.values[i] = 0.5 * static_cast<double>(i);
  auto const encoded = snow::encode(value);
  figures::check("bytes", encoded.size(), 8 + 1 + 32 + 1 + 800);
  figures::check("values alike", snow::decode<sample>(encoded.span()).value() == value, true);
  return value;
}

/// Nanoseconds each time.
static double measure(void (*once)(const sample&, snow::byte_buffer&), std::uint64_t times) {
  auto const value = made();
  snow::byte_buffer buffer;
  for (std::uint64_t i = 0; i < times / 10; ++i) once(value, buffer);
  figures::stopwatch const watch;
  for (std::uint64_t i = 0; i < times; ++i) once(value, buffer);
  return 1e9 / watch.per_second(times);
}

int main(int argc, char** argv) {
  return figures::run(argc, argv,
                      {{"codec", "ns", 2'000'000, [](auto n) { return measure(by_codec, n); }},
                       {"memcpy", "ns", 2'000'000, [](auto n) { return measure(by_hand, n); }}});
}
