// A training step in its steady state asks the system for no memory: not the engine, not the loader, not
// OpenMP, and not OpenBLAS unless it shares a product among threads or, in its AVX-512 kernels, takes work
// space for the smallest ones. A separate program, since it puts itself in the place of malloc and its
// relatives, for every library in the process, and counts. Needs glibc; not for sanitizers, which do the
// same.
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <errno.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "core/blas.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "data/digits.h"
#include "data/loader.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/conv.h"
#include "layers/linear.h"
#include "layers/network/mlp.h"
#include "layers/pooling.h"
#include "optim/optimizer.h"

namespace {

std::atomic<long> allocations{0}, by_openblas{0}, frees{0};

// What OpenBLAS asks for is not ours to mend; it is counted apart.
void count(void* caller) {
  ++allocations;
  Dl_info info;
  if (dladdr(caller, &info) && info.dli_fname && std::strstr(info.dli_fname, "openblas")) ++by_openblas;
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t bytes) noexcept {
  count(__builtin_return_address(0));
  return __libc_malloc(bytes);
}
void* calloc(std::size_t n, std::size_t bytes) noexcept {
  count(__builtin_return_address(0));
  return __libc_calloc(n, bytes);
}
void* realloc(void* p, std::size_t bytes) noexcept {
  count(__builtin_return_address(0));
  return __libc_realloc(p, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t bytes) noexcept {
  count(__builtin_return_address(0));
  *p = __libc_memalign(alignment, bytes);
  return *p ? 0 : ENOMEM;
}
void free(void* p) noexcept {
  if (p) ++frees;
  __libc_free(p);
}
}

namespace norma { inline namespace NORMA_BUILD { namespace {

// What `steps` steps ask of the system, after a quarter as many that may.
struct Counted {
  long allocations, by_openblas, frees;
};

Counted train(const MlpOptions& options, bool use_adam, double momentum = 0, int steps = 200) {
  static const Dataset data = draw_digits(613, 1);  // eleven batches, the last one smaller
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
  auto train_for = [&](int n) {
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
  train_for(steps / 4);
  const Counted before{allocations, by_openblas, frees};
  train_for(steps);
  const Counted counted{allocations - before.allocations, by_openblas - before.by_openblas,
                        frees - before.frees};
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

// Nothing of ours; and nothing at all if OpenBLAS's kernel does without work space.
void check_nothing(const Counted& c) {
  CHECK(c.allocations == c.by_openblas);
  CHECK(c.frees == c.allocations);
  const std::string blas = blas_description();
  const bool takes_work_space =
      blas.find("SkylakeX") != std::string::npos || blas.find("Cooperlake") != std::string::npos;
  if (!takes_work_space) CHECK(c.by_openblas == 0);
}

// OpenBLAS by itself would use all processors, and allocate more.
TEST_CASE("a training step allocates nothing if the number of threads was never set") {
  REQUIRE(threads() == 1);
  const Counted never_set = train({}, false);
  check_nothing(never_set);
  set_threads(1);
  CHECK(never_set.allocations == train({}, false).allocations);
}

TEST_CASE("a training step allocates nothing: the paper's net, with and without what it can have") {
  set_threads(1);
  for (bool batch_norm : {false, true}) {
    for (double dropout : {0.0, 0.3}) {
      for (const std::string activation : {"sigmoid", "relu"}) {
        CAPTURE(batch_norm);
        CAPTURE(dropout);
        CAPTURE(activation);
        MlpOptions o;
        o.batch_norm = batch_norm;
        o.dropout = dropout;
        o.activation = activation;
        for (const Counted& c : {train(o, false, 0), train(o, false, 0.9), train(o, true)}) {
          check_nothing(c);
        }
      }
    }
  }
}

TEST_CASE("a training step of a convolutional network allocates nothing, with one thread and with two") {
  const int before = threads();
  static const Dataset data = draw_digits(200, 1);  // batches of 60, the last one smaller
  for (int n : {1, 2}) {
    CAPTURE(n);
    set_threads(n);
    manual_seed(1);
    Sequential net;
    net.append(Conv2d(1, 16, 3, {.padding = 1, .bias = false}));
    net.append(BatchNorm2d(16));
    net.append(Activation("relu"));
    net.append(MaxPool2d(2));
    Sequential main;
    main.append(Conv2d(16, 16, 3, {.padding = 1, .groups = 2}));
    net.append(Residual(std::move(main)));
    net.append(Conv2d(16, 32, 3, {.stride = 2, .padding = 1}));
    net.append(AvgPool2d(2, {.padding = 1}));
    net.append(AdaptiveAvgPool2d(2));
    net.append(Flatten());
    net.append(Linear(128, 10));
    Sgd sgd(net.parameters(), {.lr = 0.01});
    Loader loader(data, {.batch_size = 60, .format = {.flat = false}}, 1);
    auto train_for = [&](int steps) {
      for (int i = 0; i < steps; ++i) {
        const Batch& batch = loader.next();
        sgd.zero_grad();
        softmax_cross_entropy(net(batch.x), batch.labels).backward();
        sgd.step();
      }
    };
    train_for(8);
    const Counted start{allocations, by_openblas, frees};
    train_for(16);
    CHECK(allocations - start.allocations == by_openblas - start.by_openblas);
  }
  set_threads(before);
}

TEST_CASE("with two threads nothing but OpenBLAS allocates") {
  const int before = threads();
  set_threads(2);
  for (Index width : {100, 700}) {  // elementwise loops are shared from 32,768 elements on
    CAPTURE(width);
    MlpOptions o;
    o.hidden = {width, width};
    o.batch_norm = true;
    o.dropout = 0.1;
    for (const Counted& c : {train(o, false, 0.9, 48), train(o, true, 0, 48)})
      CHECK(c.allocations == c.by_openblas);
  }
  set_threads(before);
}

// libgomp keeps the last team of threads for the next loop, if that one asks for as many.
TEST_CASE("loops short and long share three threads without allocating") {
  const int before = threads();
  set_threads(3);
  std::atomic<Index> sum{0};
  auto loops = [&] {
    for (Index n : {100, 200, 300, 250, 1000})
      parallel_for(n, 100, [&sum](Index begin, Index end) { sum += end - begin; });
  };
  for (int i = 0; i < 10; ++i) loops();
  const long asked = allocations;
  for (int i = 0; i < 100; ++i) loops();
  CHECK(allocations.load() == asked);
  CHECK(sum == 110 * 1850);
  set_threads(before);
}

TEST_CASE("a batch that has no memory yet is found") {
  const Dataset data = draw_digits(120, 1);
  Batch batch;
  pool_release();
  const long before = allocations;
  fill(data, 0, 60, {}, batch);
  CHECK(allocations.load() > before);
  const long filled = allocations;
  fill(data, 60, 60, {}, batch);
  CHECK(allocations.load() == filled);
}

}  // namespace
}}  // namespace norma
