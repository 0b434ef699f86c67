#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "snow/codec.hpp"

/// Types of every kind that the codec knows, and values of them made from a seed.
namespace samples {

enum class colour : std::uint8_t { red, green };
enum class answer : bool { no, yes };
struct point {
  double x = 0, y = 0;
  friend bool operator==(const point&, const point&) = default;
};
struct padded {
  std::uint8_t small = 0;
  std::uint32_t large = 0;
  friend bool operator==(const padded&, const padded&) = default;
};
struct empty {
  friend bool operator==(const empty&, const empty&) = default;
};
struct arrays {
  int numbers[2][3] = {};
  std::array<bool, 4> flags = {};
  std::string words[2];
  friend bool operator==(const arrays&, const arrays&) = default;
};
struct numbers {
  bool b = false;
  char c = 0;
  std::int8_t i8 = 0;
  std::uint16_t u16 = 0;
  std::int32_t i32 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  std::byte byte = {};
  char32_t c32 = 0;
  colour paint = {};
  answer said = {};
  friend bool operator==(const numbers&, const numbers&) = default;
};
struct sequences {
  std::vector<double> doubles;
  std::vector<point> points;
  std::vector<padded> gaps;
  std::vector<bool> bits;
  std::vector<colour> colours;
  std::deque<std::string> deque;
  std::list<int> list;
  std::forward_list<short> forward;
  std::vector<empty> nothings;
  friend bool operator==(const sequences&, const sequences&) = default;
};
struct associations {
  std::map<std::string, int> map;
  std::multimap<int, bool> multimap;
  std::set<std::string> set;
  std::multiset<int> multiset;
  std::unordered_map<int, std::string> unordered;
  std::unordered_set<std::string> unordered_set;
  friend bool operator==(const associations&, const associations&) = default;
};
struct choices {
  std::optional<std::string> maybe;
  std::variant<std::monostate, int, std::string, point> one_of;
  std::tuple<int, std::tuple<>, std::string> tuple;
  std::pair<bool, std::optional<bool>> pair;
  std::chrono::milliseconds duration{};
  std::chrono::system_clock::time_point moment{};
  snow::bytes raw;
  snow::reason why;
  snow::errc code = snow::errc::normal;
  friend bool operator==(const choices&, const choices&) = default;
};
struct tree {
  std::string label;
  std::vector<tree> kids;
  std::map<int, tree> named;
  friend bool operator==(const tree&, const tree&) = default;
};
struct others {
  std::vector<std::byte> bytes;
  std::u16string text;
  std::deque<bool> flags;
  std::unordered_multimap<int, std::string> multimap;
  std::unordered_multiset<std::uint8_t> multiset;
  std::map<std::pair<int, std::string>, std::variant<bool, std::vector<std::string>>> keyed;
  std::array<std::optional<point>, 3> points;
  std::optional<std::vector<tree>> wood;
  std::chrono::steady_clock::time_point moment{};
  std::chrono::duration<float, std::ratio<60>> minutes{};
  char page[2][40] = {};
  friend bool operator==(const others&, const others&) = default;
};
struct sixty_four {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15;
  std::string b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;
  double c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15;
  bool d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15;
  friend bool operator==(const sixty_four&, const sixty_four&) = default;
};

/// Values from a seed, the same on every machine.
class maker {
 public:
  explicit maker(std::uint64_t seed) : engine_{seed} {}

  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

  void make(bool& v) { v = below(2) == 1; }
  void make(std::byte& v) { v = static_cast<std::byte>(below(256)); }
  void make(float& v) { v = static_cast<float>(below(1000)) / 8; }
  void make(double& v) { v = static_cast<double>(below(1000)) / 8; }
  template <std::integral T>
  void make(T& v) {
    v = static_cast<T>(engine_() >> below(64));
  }
  void make(colour& v) { v = static_cast<colour>(below(256)); }
  void make(answer& v) { v = static_cast<answer>(below(2)); }
  void make(std::monostate&) {}
  void make(snow::errc& v) { v = below(2) == 0 ? snow::errc::killed : snow::errc::duplicate; }
  void make(snow::reason& v) {
    std::string text;
    make(text);
    v = text.empty() ? snow::reason{snow::errc::shutdown} : snow::reason{text};
  }
  void make(snow::bytes& v) {
    std::string text;
    make(text);
    v = snow::bytes::copy_of(text);
  }
  void make(std::string& v) {
    v.resize(below(20));
    for (char& c : v) make(c);
  }
  template <class T, std::size_t N>
  void make(T (&v)[N]) {
    for (auto& e : v) make(e);
  }
  template <class T>
  void make(std::optional<T>& v) {
    if (below(2) == 0) return v.reset();
    make(v.emplace());
  }
  template <class... T>
  void make(std::variant<T...>& v) {
    std::size_t const index = below(sizeof...(T));
    std::size_t i = 0;
    ((i++ == index ? make(v.template emplace<T>()) : void()), ...);
  }
  template <class R, class P>
  void make(std::chrono::duration<R, P>& v) {
    R count{};
    make(count);
    v = std::chrono::duration<R, P>{count};
  }
  template <class C, class D>
  void make(std::chrono::time_point<C, D>& v) {
    D d{};
    make(d);
    v = std::chrono::time_point<C, D>{d};
  }
  template <class T>
  void make(T& v) {
    if constexpr (snow::detail::is_tuple<T>) {
      std::apply([&](auto&... e) { (make(e), ...); }, v);
    } else if constexpr (snow::detail::is_std_array<T>) {
      for (auto& e : v) make(e);
    } else if constexpr (snow::detail::map_like<T>) {
      for (auto n = size(); n > 0; --n) {
        typename T::key_type key{};
        typename T::mapped_type mapped{};
        make(key);
        make(mapped);
        v.emplace(key, mapped);
      }
    } else if constexpr (snow::detail::set_like<T>) {
      for (auto n = size(); n > 0; --n) {
        typename T::key_type key{};
        make(key);
        v.emplace(key);
      }
    } else if constexpr (snow::detail::sequence_like<T>) {
      v.resize(size());
      for (auto&& e : v) {
        typename T::value_type one{};
        make(one);
        e = one;
      }
    } else {
      snow::visit_fields(v, [&](auto&... f) { (make(f), ...); });
    }
  }
  void make(tree& v) {
    make(v.label);
    if (++depth_ < 4) {
      v.kids.resize(below(3));
      for (auto& kid : v.kids) make(kid);
      if (below(2) == 0) make(v.named[static_cast<int>(below(9))]);
    }
    --depth_;
  }

 private:
  std::uint64_t size() { return below(8) == 0 ? below(200) : below(5); }

  std::mt19937_64 engine_;
  int depth_ = 0;
};

template <class T>
T made(maker& m) {
  T value{};
  m.make(value);
  return value;
}

}  // namespace samples
