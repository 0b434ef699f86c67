#include <cstdlib>
#include <new>

#include "codec/samples.hpp"
#include "support/catch.hpp"

namespace {

/// What this thread has asked for since it was last set to zero.
thread_local std::size_t allocated = 0;

void* counted(std::size_t n) {
  allocated += n;
  if (void* const p = std::malloc(n)) return p;
  throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t n) {
  return counted(n);
}
void* operator new[](std::size_t n) {
  return counted(n);
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return std::malloc(n);
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete[](void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}

namespace {

template <class T>
std::size_t allocated_by_decoding(std::span<const std::byte> in, std::size_t limit) {
  snow::reader r{in, nullptr, {.memory = limit}};
  allocated = 0;
  (void)snow::decode<T>(r);
  return allocated;
}

/// Values that cost the sender least and the reader most.
template <class T>
void check_bounds(const T& value) {
  INFO(snow::shape_of<T>());
  auto const bytes = snow::encode(value);
  // The text of the error, and what a short string is rounded up by.
  auto const bound = [](std::size_t limit) { return limit + limit / 2 + 1024; };
  for (std::size_t limit = 1024; limit <= std::size_t{1} << 22; limit *= 4)
    CHECK(allocated_by_decoding<T>(bytes.span(), limit) <= bound(limit));
}

template <class Container>
Container many_empty(std::size_t n = 20'000) {
  Container c;
  c.resize(n);
  return c;
}
template <class Container>
Container many_keys(int n = 20'000) {
  Container c;
  for (int i = 0; i < n; ++i) {
    if constexpr (requires { typename Container::mapped_type; })
      c.emplace(i, typename Container::mapped_type{});
    else
      c.emplace(i);
  }
  return c;
}

struct with_deque {
  std::deque<int> inner;
};

TEST_CASE("decoding allocates no more than the limit of a message, whatever the type [S-65]") {
  check_bounds(many_empty<std::vector<std::string>>());
  check_bounds(std::vector<std::string>(20'000, std::string(16, 's')));
  check_bounds(many_empty<std::vector<std::vector<int>>>());
  check_bounds(many_empty<std::vector<std::map<int, int>>>());
  check_bounds(many_empty<std::vector<std::unordered_map<int, int>>>());
  check_bounds(many_empty<std::vector<std::deque<int>>>());
  check_bounds(many_empty<std::deque<std::deque<int>>>());
  check_bounds(many_empty<std::list<with_deque>>());
  check_bounds(std::vector<std::optional<std::deque<int>>>(20'000, std::deque<int>{}));
  check_bounds(many_empty<std::vector<std::variant<std::deque<int>, int>>>());
  check_bounds(many_empty<std::vector<std::array<std::deque<int>, 3>>>());
  check_bounds(many_keys<std::map<int, std::deque<int>>>());
  check_bounds(many_empty<std::list<char>>());
  check_bounds(many_empty<std::forward_list<char>>());
  check_bounds(many_empty<std::deque<char>>());
  check_bounds(many_empty<std::vector<bool>>());
  check_bounds(many_empty<std::vector<snow::bytes>>());
  check_bounds(std::vector<snow::bytes>(20'000, snow::bytes::copy_of("b")));
  check_bounds(many_empty<std::vector<snow::reason>>());
  check_bounds(many_empty<std::vector<samples::tree>>());
  check_bounds(many_keys<std::map<int, bool>>());
  check_bounds(many_keys<std::set<int>>());
  check_bounds(many_keys<std::unordered_map<int, bool>>());
  check_bounds(many_keys<std::unordered_set<int>>());
  check_bounds(many_keys<std::unordered_multimap<int, std::string>>());
}

TEST_CASE("a count or length beyond the input is refused before anything is allocated [S-65]") {
  // 2^40 elements, or bytes, and nothing behind.
  std::vector<std::byte> huge(5, std::byte{0x80});
  huge.push_back(std::byte{0x20});
  std::size_t const limit = std::size_t{1} << 50;
  std::size_t const of_the_error = 1024;
  CHECK(allocated_by_decoding<std::string>(huge, limit) < of_the_error);
  CHECK(allocated_by_decoding<snow::bytes>(huge, limit) < of_the_error);
  CHECK(allocated_by_decoding<std::vector<double>>(huge, limit) < of_the_error);
  CHECK(allocated_by_decoding<std::vector<std::string>>(huge, limit) < of_the_error);
  CHECK(allocated_by_decoding<std::list<samples::empty>>(huge, limit) < of_the_error);
  CHECK(allocated_by_decoding<std::unordered_map<int, int>>(huge, limit) < of_the_error);
  CHECK(allocated_by_decoding<std::vector<std::tuple<>>>(huge, limit) < of_the_error);
}

TEST_CASE("truncated and flipped messages allocate no more than the limit [S-65]") {
  samples::maker maker{3};
  auto const attack = [](const auto& value) {
    using type = std::remove_cvref_t<decltype(value)>;
    auto const good = snow::encode(value);
    std::vector<std::byte> bad(good.data(), good.data() + good.size());
    for (std::size_t bit = 0; bit < 8 * bad.size(); ++bit) {
      bad[bit / 8] ^= std::byte{1} << bit % 8;
      CHECK(allocated_by_decoding<type>(bad, 4096) <= 2 * 4096);
      bad[bit / 8] ^= std::byte{1} << bit % 8;
    }
  };
  attack(samples::made<samples::sequences>(maker));
  attack(samples::made<samples::associations>(maker));
  attack(samples::made<samples::others>(maker));
}

/// Counts how often keys are compared.
struct counting_less {
  static inline std::size_t calls = 0;
  bool operator()(int a, int b) const {
    ++calls;
    return a < b;
  }
};

TEST_CASE("an ordered container is decoded in linear time [S-65]") {
  for (int const n : {1'000, 10'000}) {
    auto const bytes = snow::encode(many_keys<std::set<int, counting_less>>(n));
    counting_less::calls = 0;
    CHECK(snow::decode<std::set<int, counting_less>>(bytes.span())->size() == static_cast<std::size_t>(n));
    CHECK(counting_less::calls <= static_cast<std::size_t>(2 * n));
  }
}

}  // namespace
