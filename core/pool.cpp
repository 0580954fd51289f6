#include "core/pool.h"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Bytes are counted in 64 bits, whatever a pointer has.
constexpr std::uint64_t alignment = 64;
constexpr int classes = 160;  // four to a power of two, from 64 bytes up to far more than a machine has

// Stands in the 64 bytes before every block.
struct Header {
  int size_class;
  Header* next;  // in the free list
};
static_assert(sizeof(Header) <= alignment);

// Class 4k + j holds 64 · 2ᵏ · (1 + j/4) bytes: at most a quarter is wasted.
std::uint64_t class_bytes(int c) {
  std::uint64_t base = alignment << (c / 4);
  return base + base / 4 * (c % 4);
}

int class_of(std::uint64_t bytes) {
  if (bytes <= alignment) return 0;
  int k = static_cast<int>(std::bit_width(bytes - 1)) - 7;  // 64·2ᵏ < bytes ≤ 64·2ᵏ⁺¹
  std::uint64_t quarter = (alignment << k) / 4;
  return 4 * k + static_cast<int>((bytes - (alignment << k) + quarter - 1) / quarter);
}

// Trivially destructible, so that objects which outlive a thread's other variables may still free blocks.
struct Pool {
  Header* free[classes];
  PoolStats stats;
  bool closed;
};
thread_local Pool pool{};

// Its destructor runs when the thread ends.
struct Closer {
  ~Closer() {
    pool_release();
    pool.closed = true;
  }
};
thread_local Closer closer;

}  // namespace

void* pool_allocate(std::uint64_t bytes) {
  (void)&closer;  // makes the thread's Closer
  if (bytes > class_bytes(classes - 1)) throw std::bad_alloc();
  int c = class_of(bytes);
  Header* h = pool.free[c];
  if (h) {
    pool.free[c] = h->next;
    pool.stats.bytes_held -= class_bytes(c);
  } else {
    const std::uint64_t all = alignment + (class_bytes(c) + 63) / 64 * 64;
    if (all > SIZE_MAX) throw std::bad_alloc();
    h = static_cast<Header*>(std::aligned_alloc(alignment, static_cast<std::size_t>(all)));
    if (!h) throw std::bad_alloc();
    h->size_class = c;
    ++pool.stats.system_allocations;
  }
  pool.stats.bytes_used += class_bytes(c);
  void* block = reinterpret_cast<char*>(h) + alignment;
#ifndef NDEBUG
  std::memset(block, 0xff, bytes);
#endif
  return block;
}

void pool_free(void* block) noexcept {
  if (!block) return;
  auto* h = reinterpret_cast<Header*>(static_cast<char*>(block) - alignment);
  if (pool.closed) return std::free(h);
  (void)&closer;
  int c = h->size_class;
  h->next = pool.free[c];
  pool.free[c] = h;
  pool.stats.bytes_held += class_bytes(c);
  pool.stats.bytes_used -= class_bytes(c);
}

PoolStats pool_stats() { return pool.stats; }

void pool_release() {
  for (int c = 0; c < classes; ++c) {
    while (Header* h = pool.free[c]) {
      pool.free[c] = h->next;
      pool.stats.bytes_held -= class_bytes(c);
      std::free(h);
    }
  }
}

}}  // namespace norma
