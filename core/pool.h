// A memory pool for each thread: free blocks by size class, the most recently freed one reused first, so that
// a training step in its steady state asks the system for nothing and finds its buffers still in cache. A
// block may be freed on another thread than the one that allocated it; it then belongs to that thread's pool.
#pragma once

#include <cstddef>
#include <utility>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// At least `bytes` bytes, aligned to 64, from this thread's pool, not initialized (without NDEBUG all bytes
/// are 0xff, so that every real is NaN). std::bad_alloc if the system has no more.
void* pool_allocate(std::uint64_t bytes);

/// Puts a block into this thread's pool. Null is allowed.
void pool_free(void* block) noexcept;

/// What this thread's pool did and holds.
struct PoolStats {
  Index system_allocations = 0;  // blocks that the system was asked for
  Index bytes_held = 0;          // in free blocks
  Index bytes_used = 0;          // in blocks handed out (less those of other threads that were freed here)
};
PoolStats pool_stats();

/// Returns every free block of this thread's pool to the system, as the end of a thread does.
void pool_release();

/// Base class of objects that live in the pool.
struct Pooled {
  static void* operator new(std::size_t bytes) { return pool_allocate(bytes); }
  static void operator delete(void* p) noexcept { pool_free(p); }
};

/// n elements in a block of the pool, not initialized, freed at the end of its scope: work space of an
/// operation, and what its gradient must remember.
template <class T>
class Scratch {
 public:
  Scratch() = default;
  explicit Scratch(Index n) : data_(static_cast<T*>(pool_allocate(n * sizeof(T)))), size_(n) {}
  Scratch(Scratch&& o) noexcept { *this = std::move(o); }
  Scratch& operator=(Scratch&& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~Scratch() { pool_free(data_); }
  T* data() const { return data_; }
  Index size() const { return size_; }
  T& operator[](Index i) const { return data_[i]; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  Index size_ = 0;
};

/// A handle to a `T` in the pool, or to none. Copies are handles to the same T, which is deleted with the
/// last of them. They are counted without locks, so all belong to one thread.
template <class T>
class Shared {
 public:
  Shared() = default;
  template <class... Arguments>
  static Shared make(Arguments&&... arguments) {
    Shared handle;
    handle.block_ = new Block{{}, T(std::forward<Arguments>(arguments)...)};
    return handle;
  }
  Shared(const Shared& o) noexcept : block_(o.block_) {
    if (block_) ++block_->handles;
  }
  Shared(Shared&& o) noexcept : block_(std::exchange(o.block_, nullptr)) {}
  Shared& operator=(Shared o) noexcept {
    std::swap(block_, o.block_);
    return *this;
  }
  ~Shared() {
    if (block_ && --block_->handles == 0) delete block_;
  }
  explicit operator bool() const { return block_ != nullptr; }
  bool operator==(const Shared&) const = default;
  /// Whether this is the only handle to its T.
  bool unique() const { return block_ && block_->handles == 1; }
  T& operator*() const { return block_->value; }
  T* operator->() const { return &block_->value; }

 private:
  struct Block : Pooled {
    T value;
    int handles = 1;
  };
  Block* block_ = nullptr;
};

/// Lets a standard container use the pool: std::vector<Tensor, PoolAllocator<Tensor>>.
template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(pool_allocate(std::uint64_t{n} * sizeof(T))); }
  void deallocate(T* block, std::size_t) { pool_free(block); }
  bool operator==(const PoolAllocator&) const = default;
};

}}  // namespace norma
