// A training step in its steady state asks the system for no memory: not the engine, not the loader, not
// OpenBLAS, not OpenMP. A program of its own, since it puts itself in the place of malloc and its relatives,
// for every library in the process, and counts. Needs glibc; not for sanitizers, which do the same.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <errno.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "core/ops.h"
#include "core/parallel.h"
#include "data/digits.h"
#include "data/loader.h"
#include "layers/mlp.h"
#include "optim/optimizer.h"

namespace {
std::atomic<long> allocations{0}, frees{0};
}

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t bytes) noexcept {
  ++allocations;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t n, std::size_t bytes) noexcept {
  ++allocations;
  return __libc_calloc(n, bytes);
}
void* realloc(void* p, std::size_t bytes) noexcept {
  ++allocations;
  return __libc_realloc(p, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t bytes) noexcept {
  ++allocations;
  *p = __libc_memalign(alignment, bytes);
  return *p ? 0 : ENOMEM;
}
void free(void* p) noexcept {
  if (p) ++frees;
  __libc_free(p);
}
}

namespace norma::inline NORMA_BUILD {
namespace {

// What 200 steps ask of the system and give back to it, after 50 that may.
struct Counted {
  long allocations, frees;
};

Counted train(const MlpOptions& options, bool use_adam, double momentum = 0) {
  static const Dataset data = draw_digits(613, 1);  // the last batch of an epoch is smaller
  manual_seed(1);
  Sequential model = mlp(options);
  std::unique_ptr<Optimizer> optimizer;
  if (use_adam)
    optimizer = std::make_unique<Adam>(model.parameters(), AdamOptions{});
  else
    optimizer =
        std::make_unique<Sgd>(model.parameters(), SgdOptions{.momentum = momentum, .weight_decay = 1e-4});
  Loader loader(data, {}, 1);
  double loss_sum = 0;
  auto steps = [&](int n) {
    for (int i = 0; i < n; ++i) {
      const Batch& batch = loader.next();
      optimizer->zero_grad();
      Tensor loss = softmax_cross_entropy(model(batch.x), batch.labels, 0.1);
      loss.backward();
      optimizer->clip_grad_norm(10);
      optimizer->step();
      loss_sum += loss.item();
    }
  };
  steps(50);
  const long asked = allocations, freed = frees;
  steps(200);
  const Counted counted{allocations - asked, frees - freed};
  CHECK(loss_sum > 0);
  return counted;
}

TEST_CASE("the counter counts: every way to ask for memory, also from a library") {
  auto counts = [](auto action) {
    const long before = allocations;
    action();
    return allocations - before;
  };
  void* volatile p = nullptr;  // so that the compiler keeps the pairs
  CHECK(counts([&] { p = std::malloc(10), std::free(p); }) == 1);
  CHECK(counts([&] { p = std::calloc(10, 10), std::free(p); }) == 1);
  CHECK(counts([&] { p = std::realloc(nullptr, 10), std::free(p); }) == 1);
  CHECK(counts([&] { p = std::aligned_alloc(64, 64), std::free(p); }) == 1);
  CHECK(counts([&] {
          void* q = nullptr;
          CHECK(posix_memalign(&q, 64, 64) == 0);
          std::free(q);
        }) >= 1);
  CHECK(counts([&] { p = ::operator new(10), ::operator delete(p); }) == 1);
  CHECK(counts([&] { std::string(1000, 'x').swap(*std::make_unique<std::string>()); }) >= 2);
  CHECK(counts([] { Tensor(Shape{12345}); }) >= 1);
  CHECK(counts([] { Tensor(Shape{12345}); }) == 0);  // the pool has it now
}

TEST_CASE("a training step allocates nothing: the paper's net, with and without what it can have") {
  const int before = threads();
  for (int n : {1, 2}) {
    set_threads(n);
    for (bool batch_norm : {false, true}) {
      for (double dropout : {0.0, 0.3}) {
        for (const char* activation : {"sigmoid", "relu"}) {
          CAPTURE(n);
          CAPTURE(batch_norm);
          CAPTURE(dropout);
          CAPTURE(activation);
          MlpOptions o;
          o.batch_norm = batch_norm;
          o.dropout = dropout;
          o.activation = activation;
          for (const Counted& c : {train(o, false, 0), train(o, false, 0.9), train(o, true)}) {
            CHECK(c.allocations == 0);
            CHECK(c.frees == 0);
          }
        }
      }
    }
  }
  set_threads(before);
}

TEST_CASE("a training step allocates nothing where layers are large enough to be shared among threads") {
  MlpOptions o;
  o.hidden = {700, 600};
  o.batch_norm = true;
  const int before = threads();
  set_threads(2);
  const Counted c = train(o, false, 0.9);
  set_threads(before);
  CHECK(c.allocations == 0);
  CHECK(c.frees == 0);
}

TEST_CASE("one allocation in a step is found") {
  static const Dataset data = draw_digits(120, 1);
  Loader loader(data, {}, 1);
  loader.next();
  const long before = allocations;
  loader.next();
  CHECK(allocations == before);
  Batch fresh;
  fill(data, 0, 59, {}, fresh);  // a size that the pool may have or not; labels and handles it has
  pool_release();
  const long released = allocations;
  fill(data, 0, 60, {}, fresh);
  CHECK(allocations > released);
}

}  // namespace
}  // namespace norma::inline NORMA_BUILD
