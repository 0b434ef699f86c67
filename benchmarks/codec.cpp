// Encodes and decodes {int64, string(32), vector<double>(100)}, beside the same by hand with memcpy: into a
// buffer that is used again, and out of it into a new value.
#include <snow/codec.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

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

template <class F>
static double nanoseconds(F&& once) {
  constexpr int times = 200'000;
  auto const begin = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) once();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() / times;
}

static double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

int main() {
  sample value{-1, std::string(32, 's'), std::vector<double>(100)};
  for (std::size_t i = 0; i < value.values.size(); ++i) value.values[i] = 0.5 * static_cast<double>(i);

  auto const encoded = snow::encode(value);
  if (encoded.size() != 8 + 1 + 32 + 1 + 800 || snow::decode<sample>(encoded.span()).value() != value)
    return std::puts("codec: the value is not what was written"), EXIT_FAILURE;

  snow::byte_buffer buffer;
  std::vector<double> codec, memcpy;
  for (int round = 0; round < 15; ++round) {
    codec.push_back(nanoseconds([&] { by_codec(value, buffer); }));
    memcpy.push_back(nanoseconds([&] { by_hand(value, buffer); }));
  }
  std::printf(
      "codec, {int64, string(32), vector<double>(100)}, both ways: %.1f ns; memcpy by hand %.1f ns; ratio "
      "%.2f\n",
      median(codec), median(memcpy), median(codec) / median(memcpy));
}
