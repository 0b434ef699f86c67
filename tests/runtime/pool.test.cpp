#include "snow/runtime/pool.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "snow/runtime/inbox.hpp"
#include "support/catch.hpp"

namespace pool_test {

namespace {

/// For its scope, this thread's pool.
struct using_pool {
  explicit using_pool(snow::pool* p) noexcept : before{snow::pool::exchange_current(p)} {}
  ~using_pool() { snow::pool::exchange_current(before); }
  snow::pool* before;
};

using piece = std::pair<void*, std::size_t>;

}  // namespace

TEST_CASE("each block is aligned to 16 bytes and holds what was asked for, whatever its size") {
  snow::pool memory;
  using_pool const mine{&memory};
  std::vector<piece> blocks;
  for (std::size_t size = 0; size < 2 * snow::pool::largest; size += size < 600 ? 1 : 61)
    for (int twice = 0; twice < 2; ++twice) {
      void* const p = memory.allocate(size);
      REQUIRE(reinterpret_cast<std::uintptr_t>(p) % 16 == 0);
      std::memset(p, static_cast<int>(blocks.size() & 0xFF), size);
      blocks.emplace_back(p, size);
    }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    auto const* const bytes = static_cast<const unsigned char*>(blocks[i].first);
    bool whole = true;
    for (std::size_t at = 0; at < blocks[i].second; ++at) whole &= bytes[at] == (i & 0xFF);
    REQUIRE(whole);
  }
  for (auto const& [p, size] : blocks) snow::pool::deallocate(p, size);
}

TEST_CASE("what its owner frees is used again") {
  if (SNOW_ASAN) return;  // then every block is the system's
  snow::pool memory;
  using_pool const mine{&memory};
  void* const first = memory.allocate(100);
  snow::pool::deallocate(first, 100);
  CHECK(memory.allocate(97) == first);
  CHECK(memory.allocate(97) != first);
}

TEST_CASE("what other threads free comes home, from those with a pool in batches") {
  snow::pool memory;
  std::vector<void*> blocks(1000);
  for (auto& b : blocks) b = memory.allocate(200);
  std::set<void*> const all(blocks.begin(), blocks.end());
  CHECK(all.size() == blocks.size());
  std::thread{[&] {
    snow::pool other;
    using_pool const theirs{&other};
    for (std::size_t i = 0; i < 500; ++i) snow::pool::deallocate(blocks[i], 200);
    other.flush();
  }}.join();
  std::thread{[&] {
    for (std::size_t i = 500; i < 1000; ++i) snow::pool::deallocate(blocks[i], 200);
  }}.join();
  std::set<void*> again;
  for (auto& b : blocks) again.insert(b = memory.allocate(200));
  if (!SNOW_ASAN) CHECK(again == all);
  using_pool const mine{&memory};
  for (void* const b : blocks) snow::pool::deallocate(b, 200);
}

TEST_CASE("a pool that ends sends home what it holds for others") {
  snow::pool memory;
  void* const block = memory.allocate(64);
  {
    snow::pool other;
    using_pool const theirs{&other};
    snow::pool::deallocate(block, 64);
  }
  void* const again = memory.allocate(64);
  if (!SNOW_ASAN) CHECK(again == block);
  using_pool const mine{&memory};
  snow::pool::deallocate(again, 64);
}

TEST_CASE("a pool knows what it has handed out and not got back, whoever freed it") {
  if (SNOW_ASAN) return;  // then every block is the system's
  snow::pool memory;
  using_pool const mine{&memory};
  CHECK(memory.held() == 0);
  std::vector<piece> blocks;
  for (int i = 0; i < 100; ++i)
    for (std::size_t size : {std::size_t{112}, std::size_t{2048}})
      blocks.emplace_back(memory.allocate(size), size);
  CHECK(memory.held() == std::size_t{100} * (112 + 2048));
  for (std::size_t i = 0; i < 100; ++i) snow::pool::deallocate(blocks[i].first, blocks[i].second);
  CHECK(memory.held() == std::size_t{50} * (112 + 2048));
  {
    using_pool const none{nullptr};
    for (std::size_t i = 100; i < 200; ++i) snow::pool::deallocate(blocks[i].first, blocks[i].second);
  }
  CHECK(memory.held() == 0);
}

TEST_CASE("blocks go to and fro between the threads of two pools, and none is held twice") {
  struct parcel {
    parcel* next;
    std::size_t check;
  };
  constexpr std::size_t parcels = 20'000;
  std::array<snow::pool, 2> pools;  // outlive both threads: each holds the other's blocks
  std::array<snow::inbox<parcel>, 2> on_the_way;
  std::array<std::size_t, 2> spoilt{};
  auto const exchange = [&](std::size_t me) {
    using_pool const mine{&pools[me]};
    for (std::size_t sent = 0, received = 0; sent < parcels || received < parcels;) {
      if (sent < parcels) {
        std::size_t const size = sizeof(parcel) + sent % 300;
        auto* const p = new (pools[me].allocate(size)) parcel{nullptr, sent++};
        on_the_way[1 - me].push(*p);
      }
      for (parcel* p = on_the_way[me].take(); p; ++received) {
        parcel* const now = std::exchange(p, p->next);
        spoilt[me] += now->check != received;
        snow::pool::deallocate(now, sizeof(parcel) + received % 300);
      }
      pools[me].flush();
    }
  };
  std::thread other{exchange, 1};
  exchange(0);
  other.join();
  CHECK(spoilt == std::array<std::size_t, 2>{});
}

TEST_CASE("size classes share their slabs: a few blocks of every size take little") {
  if (SNOW_ASAN) return;  // then every block is the system's
  snow::pool memory;
  using_pool const mine{&memory};
  std::set<std::uintptr_t> slabs;
  std::vector<piece> blocks;
  for (std::size_t size = 16; size <= 512; size += 16) {
    blocks.emplace_back(memory.allocate(size), size);
    slabs.insert(reinterpret_cast<std::uintptr_t>(blocks.back().first) >> 16);
  }
  CHECK(slabs.size() <= 3);  // of 64 KiB
  for (auto const& [p, size] : blocks) snow::pool::deallocate(p, size);
}

}  // namespace pool_test
