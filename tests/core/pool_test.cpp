// The pool of memory blocks.
#include "core/pool.h"

#include <doctest/doctest.h>

#include <thread>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_pool_test {

using namespace reference;

TEST_CASE("blocks are aligned, big enough, apart, and used again") {
  Rng rng(3);
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  const PoolStats before = pool_stats();
  for (int i = 0; i < 300; ++i) {
    const std::size_t bytes = rng.below(i % 3 ? 300 : 100'000);
    auto* p = static_cast<unsigned char*>(pool_allocate(bytes));
    REQUIRE(reinterpret_cast<std::uintptr_t>(p) % 64 == 0);
    std::memset(p, i & 255, bytes);
    blocks.push_back({p, bytes});
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    auto [p, bytes] = blocks[i];
    REQUIRE(std::all_of(p, p + bytes, [&](unsigned char c) { return c == (i & 255); }));
    pool_free(p);
  }
  CHECK(pool_stats().bytes_used == before.bytes_used);
  const Index asked = pool_stats().system_allocations;
  for (auto& [p, bytes] : blocks) p = static_cast<unsigned char*>(pool_allocate(bytes));
  for (auto& [p, bytes] : blocks) pool_free(p);
  CHECK(pool_stats().system_allocations == asked);
  pool_free(nullptr);
  CHECK_THROWS_AS(pool_allocate(std::size_t{1} << 47), std::bad_alloc);
  pool_release();
  CHECK(pool_stats().bytes_held == 0);
}

TEST_CASE("a block freed on another thread belongs to that thread") {
  void* p = pool_allocate(1000);
  const Index used = pool_stats().bytes_used;
  Index held = 0;
  std::thread([&] {
    pool_free(p);
    held = pool_stats().bytes_held;
  }).join();
  CHECK(held >= 1000);
  CHECK(pool_stats().bytes_used == used);
}

}  // namespace core_pool_test
}}  // namespace norma
