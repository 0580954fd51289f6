// What the engine stands on: shapes, tensors, labels, the pool, threads and the vector functions;
// and losses, dropout and errors of shapes.
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <sstream>
#include <thread>

#include "core/cpu_quota.h"
#include "core/ops.h"
#include "core/vector_math.h"
#include "tests/support/reference.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

template <class T>
std::string text(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST_CASE("shape: printed as in Python, counted, compared") {
  CHECK(text(Shape()) == "()");
  CHECK(text(Shape{3}) == "(3,)");
  CHECK(text(Shape{2, 3}) == "(2, 3)");
  CHECK(Shape().size() == 1);
  CHECK(Shape{2, 3, 4}.size() == 24);
  CHECK(Shape{2, 0, 4}.size() == 0);
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2} != Shape{2, 1});
  const Shape s{2, 3, 4};
  CHECK(s[0] == 2);
  CHECK(s[-1] == 4);
  CHECK(s[-3] == 2);
  CHECK(error_of([&] { s[3]; }) == "shape: (2, 3, 4) has no dimension 3");
  CHECK(error_of([&] { s[-4]; }) == "shape: (2, 3, 4) has no dimension -4");
}

TEST_CASE("shape: five dimensions at most, none negative, no more elements than can be counted") {
  CHECK(Shape{1, 2, 3, 4, 5}.rank() == 5);
  CHECK(error_of([] { Shape{1, 2, 3, 4, 5, 6}; }) == "shape: 6 dimensions given, at most 5 allowed");
  CHECK(error_of([] { Shape{1, 2, 3, 4, 5}.append(6); }) == "shape: more than 5 dimensions");
  CHECK(error_of([] { Shape{2, -1}; }) == "shape: dimension 1 is -1, must not be negative");
  const Index used = pool_stats().bytes_used;
  CHECK_THROWS(Tensor(Shape{Index{1} << 45}));
  CHECK(pool_stats().bytes_used == used);       // what was begun is given back
  CHECK_THROWS(Tensor(Shape{Index{1} << 62}));  // its bytes do not fit 64 bits
  CHECK_THROWS(Tensor(Shape{Index{1} << 32, Index{1} << 32}));
}

TEST_CASE("tensor: made from values, or all of one") {
  const Tensor t = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(t.size() == 6);
  CHECK(t.rank() == 2);
  CHECK(t.dim(-1) == 3);
  CHECK(t[4] == 5);
  CHECK(numbers(Tensor::full({3}, 2.5)) == Numbers{2.5, 2.5, 2.5});
  CHECK(numbers(Tensor::zeros({2})) == Numbers{0, 0});
  CHECK(numbers(Tensor::ones({})) == Numbers{1});
  CHECK(Tensor(Shape{0, 3}).size() == 0);
  CHECK(error_of([] {
          Tensor::from({2, 3}, {1, 2});
        }) == "tensor: 2 values given for shape (2, 3), which holds 6");
  CHECK(error_of([] { Tensor().shape(); }) == "tensor: used before it was given a value");
  CHECK(Tensor::full({1, 1}, 7).item() == 7);
  CHECK(error_of([&] { t.item(); }) == "item: shape (2, 3) has 6 elements, one is needed");
  CHECK(error_of([] { Tensor(Shape{0}).item(); }) == "item: shape (0,) has 0 elements, one is needed");
}

TEST_CASE("tensor: a copy is the same tensor, view and detach share values, clone does not") {
  const Tensor t = Tensor::from({2, 2}, {1, 2, 3, 4});
  const Tensor same = t, flat = t.detach({4}), cut = t.detach(), other = t.clone();
  t[3] = 9;
  CHECK(same.is(t));
  CHECK(same[3] == 9);
  CHECK(flat[3] == 9);
  CHECK(cut[3] == 9);
  CHECK(other[3] == 4);
  CHECK_FALSE(flat.is(t));
  CHECK(flat.shape() == Shape{4});
  CHECK(error_of([&] { t.detach({3}); }) == "detach: (2, 2) has 4 elements, (3,) has 3");
  t.copy_from(other);
  CHECK(flat[3] == 4);
  CHECK(error_of([&] { t.copy_from(flat); }) == "copy_from: shape (4,) given, (2, 2) wanted");
}

TEST_CASE("tensor: values outlive the tensor that made them, and self-assignment and moves are harmless") {
  const Index used = pool_stats().bytes_used;
  {
    Tensor v;
    {
      Tensor t = Tensor::from({2}, {1, 2});
      v = t.detach({1, 2});
      Tensor& alias = t;
      t = alias;
      Tensor moved = std::move(t);
      CHECK_FALSE(t.defined());
      CHECK(moved[1] == 2);
    }
    CHECK(v[1] == 2);
  }
  CHECK(pool_stats().bytes_used == used);
}

TEST_CASE("tensor: printed as in Python, long ones cut short") {
  CHECK(text(Tensor()) == "(no tensor)");
  CHECK(text(Tensor::full({}, 1.5)) == "1.5");
  CHECK(text(Tensor::from({2, 2}, {1, 2, 3, 4})) == "[[1, 2],\n [3, 4]]");
  CHECK(text(Tensor::from({2, 1, 2}, {1, 2, 3, 4})) == "[[[1, 2]],\n [[3, 4]]]");
  CHECK(text(Tensor(Shape{0})) == "[]");
  CHECK(text(Tensor(Shape{2, 0})) == "[[],\n []]");
  CHECK(text(Tensor::zeros({14})) == "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, … 2 more]");
  Tensor tall(Shape{10, 1});
  std::iota(tall.values().begin(), tall.values().end(), real(0));
  CHECK(text(tall) == "[[0],\n [1],\n [2],\n [3],\n [4],\n [5],\n [6],\n [7], … 2 more]");
}

TEST_CASE("labels: a handle of whole numbers") {
  const Labels l = Labels::from({3, 1, 4}), same = l;
  same[1] = 5;
  CHECK(l.size() == 3);
  CHECK(l[1] == 5);
  CHECK(Labels().size() == 0);
  CHECK(Labels().data() == nullptr);
  Labels moved = same;
  Labels to = std::move(moved);
  CHECK(to[2] == 4);
  CHECK(moved.size() == 0);
}

TEST_CASE("pool: blocks are aligned, big enough, apart, and used again") {
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

TEST_CASE("pool: a block freed on another thread belongs to that thread") {
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

TEST_CASE("threads: ranges cover everything once, none shorter than the grain") {
  const int before = threads();
  for (int t : {1, 2, 3}) {
    set_threads(t);
    CHECK(threads() == t);
    for (Index n : {0, 1, 9, 10, 11, 15, 19, 20, 21, 29, 30, 31, 100}) {
      std::vector<Index> times(at(n), 0), length(at(n), n);  // length: of the range that begins here
      parallel_for(n, 10, [&times, &length, n](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) ++times[at(i)];
        if (n) length[at(begin)] = end - begin;
      });
      CAPTURE(n);
      CAPTURE(t);
      CHECK(std::count(times.begin(), times.end(), 1) == n);
      CHECK(std::all_of(length.begin(), length.end(), [&](Index l) { return l >= std::min<Index>(n, 10); }));
    }
  }
  set_threads(before);
}

TEST_CASE("threads: side by side, every job runs once and has one thread, whatever the one before did") {
  const int before = threads();
  set_threads(2);
  for (int workers : {1, 2}) {
    std::array<int, 8> had{}, times{};
    side_by_side(workers, 8, [&](Index i) {
      had[at(i)] = threads();
      ++times[at(i)];
      set_threads(2);
    });
    CAPTURE(workers);
    CHECK(times == std::array{1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(had == std::array{1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(threads() == 2);
  }
  set_threads(before);
}

TEST_CASE("processors: a control group's CPU quota counts, of either version, and those above it") {
  const struct {
    const char *group, *file, *text;
    double quota;
  } table[] = {
      {"0::/", "cpu.max", "max 100000", HUGE_VAL},
      {"0::/", "cpu.max", "150000 100000", 1.5},
      {"0::/a/b", "a/b/cpu.max", "50000 100000", 0.5},
      {"0::/a/b", "a/cpu.max", "50000 100000", 0.5},
      {"0::/a/b", "a/b/c/cpu.max", "50000 100000", HUGE_VAL},
      {"0::/../docker/12ab", "cpu.max", "200000 100000", 2},
      {"1:name=systemd:/a\n0::/a", "unified/a/cpu.max", "300000 100000", 3},
      {"5:memory:/m\n4:cpu,cpuacct:/a/b", "cpu/a/cpu.cfs_quota_us", "250000", 2.5},
      {"4:cpuacct,cpu:/a/b", "cpu,cpuacct/cpu.cfs_quota_us", "400000", 4},
      {"4:cpu:/", "cpu/cpu.cfs_quota_us", "-1", HUGE_VAL},
      {"4:cpuacct:/", "cpu/cpu.cfs_quota_us", "100000", HUGE_VAL},
      {"nonsense", "cpu.max", "100000 100000", HUGE_VAL},
  };
  for (const auto& t : table) {
    INFO(t.group, ", ", t.file, ": ", t.text);
    const TemporaryFolder root;
    auto put = [&](const std::filesystem::path& file, const std::string& words) {
      std::filesystem::create_directories((root / file).parent_path());
      std::ofstream(root / file) << words << '\n';
    };
    put("proc/self/cgroup", t.group);
    const std::filesystem::path file = std::filesystem::path("sys/fs/cgroup") / t.file;
    put(file, t.text);
    if (file.filename() == "cpu.cfs_quota_us") put(file.parent_path() / "cpu.cfs_period_us", "100000");
    CHECK(cpu_quota(root.path) == t.quota);
  }
  CHECK(cpu_quota(TemporaryFolder().path) == HUGE_VAL);
  CHECK(processors() >= 1);
  CHECK(processors() <= std::max(1.0, std::ceil(cpu_quota())));
}

// Vector functions ------------------------------------------------------------------------------------------

/// |got − want| in units of the last place of want.
double ulps(float got, double want) {
  const double size = std::max(std::abs(want), double(std::numeric_limits<float>::min()));
  return std::abs(got - want) / std::ldexp(1.0, std::ilogb(size) - 23);
}

/// Greatest error of f on [low, high]: over floats of every size, and evenly.
template <class F, class Exact>
double worst_ulps(float low, float high, const F& f, const Exact& exact) {
  double worst = 0;
  for (std::uint32_t bits = 0; bits < 0x7f800000; bits += 4099) {
    for (std::uint32_t sign : {0u, 0x80000000u}) {
      const float x = std::bit_cast<float>(bits | sign);
      if (x >= low && x <= high) worst = std::max(worst, ulps(f(x), exact(double(x))));
    }
  }
  for (int i = 0; i <= 400'000; ++i) {
    const float x = low + (high - low) * static_cast<float>(i) / 400'000;
    worst = std::max(worst, ulps(f(x), exact(double(x))));
  }
  return worst;
}

TEST_CASE("exp, tanh and sigmoid in float are right to a few units in the last place, everywhere") {
  auto exact_sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double e = worst_ulps(
      -87.3f, 88.7f, [](float x) { return vector_exp(x); }, [](double x) { return std::exp(x); });
  const double t = worst_ulps(
      -100, 100, [](float x) { return vector_tanh(x); }, [](double x) { return std::tanh(x); });
  const double s = worst_ulps(
      -87, 100, [](float x) { return vector_sigmoid(x); }, exact_sigmoid);
  CAPTURE(e);
  CAPTURE(t);
  CAPTURE(s);
  CHECK(e <= 2);
  CHECK(t <= 3);
  CHECK(s <= 3);
}

TEST_CASE("exp, tanh and sigmoid in float saturate, and NaN stays NaN") {
  const float inf = HUGE_VALF;
  CHECK(vector_exp(0.0f) == 1);
  CHECK(vector_exp(inf) > 3.3e38f);
  CHECK(std::isfinite(vector_exp(inf)));
  CHECK(vector_exp(200.0f) == vector_exp(inf));
  CHECK(vector_exp(-inf) < 1.3e-38f);
  CHECK(vector_exp(-inf) >= 0);
  CHECK(vector_tanh(inf) == 1);
  CHECK(vector_tanh(-inf) == -1);
  CHECK(vector_tanh(0.0f) == 0);
  CHECK(vector_tanh(1e-30f) == 1e-30f);
  CHECK(vector_sigmoid(inf) == 1);
  CHECK(vector_sigmoid(-inf) < 1e-37f);
  CHECK(vector_sigmoid(-inf) >= 0);
  CHECK(vector_sigmoid(0.0f) == 0.5f);
  for (float nan : {NAN, -NAN}) {
    CHECK(std::isnan(vector_exp(nan)));
    CHECK(std::isnan(vector_tanh(nan)));
    CHECK(std::isnan(vector_sigmoid(nan)));
  }
}

// Operations that go by rows or by chance; the others are in autograd_test.cpp ------------------------------

TEST_CASE("operations: softmax with cross-entropy, value and gradient") {
  for (const auto& size : {std::array<Index, 2>{1, 1}, {1, 10}, {60, 10}, {7, 3}, {500, 100}}) {
    const Index N = size[0], K = size[1];
    for (double smoothing : {0.0, 0.1, 1.0}) {
      CAPTURE(N);
      CAPTURE(K);
      CAPTURE(smoothing);
      Rng rng(5);
      const Tensor z = random_tensor({N, K}, 6, 0, 3).set_requires_grad(true);
      Labels labels(N);
      for (Index n = 0; n < N; ++n) labels[n] = static_cast<int>(rng.below(static_cast<std::uint64_t>(K)));
      const auto want =
          reference::softmax_cross_entropy(numbers(z), {labels.data(), labels.data() + N}, K, smoothing);
      const Tensor L = softmax_cross_entropy(z, labels, smoothing);
      CHECK(L.shape() == Shape());
      CHECK(std::abs(double(L.item() - want.value)) < tolerance * std::max(1.0, double(want.value)));
      L.backward();
      const Numbers got = gradient(z);
      for (std::size_t i = 0; i < got.size(); ++i)
        REQUIRE(std::abs(double(got[i] - want.gradient[i])) < tolerance / static_cast<double>(N));
    }
  }
}

TEST_CASE("operations: cross-entropy of logits that would overflow or vanish") {
  const Tensor z = Tensor::from({2, 3}, {1000, 0, -1000, -1000, -1000, -1000}).set_requires_grad(true);
  const Tensor L = softmax_cross_entropy(z, Labels::from({2, 0}));
  CHECK(double(L.item()) == doctest::Approx((2000 + std::log(3.0)) / 2));
  L.backward();
  CHECK(difference(z.grad(), {0.5L, 0, -0.5L, -1 / 3.0L, 1 / 6.0L, 1 / 6.0L}) < 1e-6);
  const Tensor nan = Tensor::from({1, 3}, {0, NAN, 0});
  CHECK(std::isnan(softmax_cross_entropy(nan, Labels::from({0})).item()));
}

TEST_CASE("operations: dropout drops what it says, scales the rest and passes the gradient there") {
  Rng rng(3), same(3);
  const Tensor x = Tensor::full({400, 50}, 2).set_requires_grad(true);
  const Tensor y = dropout(x, 0.3, rng);
  sum(y).backward();
  Index dropped = 0;
  for (Index i = 0; i < x.size(); ++i) {
    dropped += y[i] == 0;
    REQUIRE((y[i] == 0 || std::abs(y[i] - real(2 / 0.7)) < 1e-5));
    REQUIRE(std::abs(x.grad()[i] - y[i] / 2) < 1e-6);
  }
  CHECK(std::abs(static_cast<double>(dropped) / 20000 - 0.3) < 4 * std::sqrt(0.21 / 20000));
  CHECK(same_bits(dropout(x, 0.3, same), y));
  CHECK(numbers(dropout(x, 0, rng)) == numbers(x));
  CHECK(numbers(dropout(x, 1, rng)) == Numbers(20000, 0));
  CHECK(error_of([&] { dropout(x, 1.5, rng); }) == "dropout: probability 1.5 given, 0 to 1 wanted");
}

TEST_CASE("operations: count_correct; ties go to the smaller class") {
  const Tensor z = Tensor::from({4, 3}, {1, 2, 3, 3, 2, 1, 0, 0, 0, 0, 5, 5});
  CHECK(count_correct(z, Labels::from({2, 0, 0, 1})) == 4);
  CHECK(count_correct(z, Labels::from({1, 1, 1, 2})) == 0);
  const Tensor broken = Tensor::from({3, 3}, {NAN, 1, 0, 1, NAN, 0, 0, NAN, 5});
  CHECK(count_correct(broken, Labels::from({0, 0, 2})) == 0);
}

TEST_CASE("operations: errors name both shapes") {
  const Tensor a(Shape{2, 3}), b(Shape{4, 5}), v(Shape{3});
  CHECK(error_of([&] { add(a, b); }) == "add: shapes (2, 3) and (4, 5) differ");
  CHECK(error_of([&] { sub(a, v); }) == "sub: shapes (2, 3) and (3,) differ");
  CHECK(error_of([&] { mul(a, b); }) == "mul: shapes (2, 3) and (4, 5) differ");
  CHECK(error_of([&] { reshape(v, {2}); }) == "reshape: x (3,) has 3 elements, (2,) has 2");
  CHECK(error_of([&] { mse(a, b); }) == "mse: shapes (2, 3) and (4, 5) differ");
  CHECK(error_of([&] { matmul(a, b); }) == "matmul: A (2, 3) does not fit B (4, 5)");
  CHECK(error_of([&] { matmul(a, v); }) == "matmul: A (2, 3) does not fit B (3,)");
  CHECK(error_of([&] { linear(a, b); }) == "linear: x (2, 3) does not fit W (4, 5)");
  CHECK(error_of([&] { linear(v, a); }) == "linear: x (3,) does not fit W (2, 3)");
  CHECK(error_of([&] { linear(a, a, v); }) == "linear: b (3,) does not fit W (2, 3)");
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({0, 1, 2}));
        }) == "softmax_cross_entropy: logits (2, 3) do not fit 3 labels");
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({0, 3}));
        }) == "softmax_cross_entropy: label 3 of sample 1 is not one of 3 classes");
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({-1, 0}));
        }) == "softmax_cross_entropy: label -1 of sample 0 is not one of 3 classes");
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({0, 0}), 1.5);
        }) == "softmax_cross_entropy: label smoothing 1.5 given, 0 to 1 wanted");
  CHECK(error_of([&] {
          softmax_cross_entropy(Tensor(Shape{0, 3}), Labels());
        }) == "softmax_cross_entropy: logits (0, 3) have no elements");
}

}  // namespace
}}  // namespace norma
