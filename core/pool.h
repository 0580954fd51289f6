// Memory that a thread keeps for itself: blocks in size classes, handed out again most recently used first,
// so that a training step in its steady state asks the system for nothing and finds its buffers still in
// cache. A block may be freed on another thread than it came from; it then belongs to that thread's pool.
#pragma once

#include <cstddef>
#include <utility>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// At least `bytes` bytes, aligned to 64, from this thread's pool. Contents are not set (in builds without
/// NDEBUG garbage that shows: all bytes 0xff, so NaN). std::bad_alloc if the system has no more.
void* pool_allocate(std::size_t bytes);

/// Gives a block back to this thread's pool. Null is allowed.
void pool_free(void* block) noexcept;

/// What this thread's pool did and holds.
struct PoolStats {
  Index system_allocations = 0;  // blocks ever asked of the system
  Index bytes_held = 0;          // bytes in free blocks, ready to be handed out
  Index bytes_used = 0;          // bytes handed out (less those freed here that came from other threads)
};
/// This thread's.
PoolStats pool_stats();

/// Returns every free block of this thread's pool to the system. A thread that ends does so by itself.
void pool_release();

/// Base class: objects that live in the pool.
struct Pooled {
  static void* operator new(std::size_t bytes) { return pool_allocate(bytes); }
  static void operator delete(void* p) noexcept { pool_free(p); }
};

/// A pool block of `T` without constructors, freed at the end of its scope; for work space inside one
/// operation and for what a gradient must remember.
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

/// A handle to a `T` in the pool, or to none. A copy of the handle is a handle to the same T, which goes with
/// the last of them. They are counted without locks, so all belong to one thread.
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
  T& operator*() const { return block_->value; }
  T* operator->() const { return &block_->value; }

 private:
  struct Block : Pooled {
    T value;
    int handles = 1;
  };
  Block* block_ = nullptr;
};

/// Gives a standard container the pool's memory: std::vector<Tensor, PoolAllocator<Tensor>>.
template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(pool_allocate(n * sizeof(T))); }
  void deallocate(T* block, std::size_t) { pool_free(block); }
  bool operator==(const PoolAllocator&) const = default;
};

}}  // namespace norma
