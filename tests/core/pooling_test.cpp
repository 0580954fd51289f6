// Pooling against its definition in long double, written out as loops over every index; identities with conv;
// errors.
#include "core/pooling.h"

#include <doctest/doctest.h>

#include "core/conv.h"
#include "core/ops.h"
#include "tests/support/grid.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_pooling_test {

using namespace reference;

TEST_CASE("avg_pool is conv with constant weights; adaptive to 1 is the mean of each channel") {
  const Tensor x = random_tensor({2, 3, 7, 6}, 1);
  const Tensor W = Tensor::full({3, 1, 3, 2}, real(1) / 6);
  CHECK(difference(avg_pool(x, {3, 2}, {.stride = {2, 1}, .padding = 1}),
                   numbers(conv(x, W, {}, {2, 1}, 1, 1, 3))) < tolerance);
  const Tensor means = adaptive_avg_pool(x, 1);
  CHECK(means.shape() == Shape{2, 3, 1, 1});
  CHECK(difference(means, numbers(avg_pool(x, {7, 6}))) < tolerance);
  CHECK(same_bits(adaptive_avg_pool(x, {7, 6}), x));
}

struct Pooled2 {
  Numbers y, dx;
};

// One pass over the taps of each window, as the definition has it; `mean` or the largest.
Pooled2 slow_pool(const Tensor& x, const Sizes& kernel, const Sizes& stride, const Sizes& padding,
                  const Sizes& dilation, bool mean, bool count_pad, Index override, const Tensor& y,
                  const Tensor& dy) {
  const SpatialGrid gx(x), gy(y);
  const Along K(x, kernel, 1), s(x, stride.empty() ? kernel : stride, 1), p(x, padding, 0), l(x, dilation, 1);
  Pooled2 r{Numbers(at(y.size())), Numbers(at(x.size()))};
  gy.each([&](Index n, Index c, Index d, Index h, Index w) {
    const std::size_t at_y = gy.at(n, c, d, h, w);
    std::vector<std::size_t> seen;
    Index in_padded = 0;
    for (Index i = 0; i < K.D; ++i)
      for (Index j = 0; j < K.H; ++j)
        for (Index k = 0; k < K.W; ++k) {
          const Index D = d * s.D - p.D + i * l.D, H = h * s.H - p.H + j * l.H, V = w * s.W - p.W + k * l.W;
          if (D < gx.D + p.D && H < gx.H + p.H && V < gx.W + p.W) ++in_padded;
          if (gx.holds(D, H, V)) seen.push_back(gx.at(n, c, D, H, V));
        }
    REQUIRE(!seen.empty());
    const Wide up = dy[static_cast<Index>(at_y)];
    auto value = [&](std::size_t i) { return Wide(x[static_cast<Index>(i)]); };
    if (mean) {
      const Wide n_all = static_cast<Wide>(override    ? override
                                           : count_pad ? in_padded
                                                       : static_cast<Index>(seen.size()));
      for (std::size_t i : seen) r.y[at_y] += value(i) / n_all;
      for (std::size_t i : seen) r.dx[i] += up / n_all;
    } else {
      std::size_t best = seen[0];
      for (std::size_t i : seen)
        if (value(i) > value(best)) best = i;
      r.y[at_y] = value(best);
      r.dx[best] += up;
    }
  });
  return r;
}

TEST_CASE(
    "pools are their definitions, with gradients that add: kernel × stride × padding × ceil_mode × rank") {
  for (const Shape& shape : {Shape{2, 3, 13}, Shape{2, 2, 7, 34}, Shape{2, 2, 5, 6, 7}})
    for (Index kernel : {1, 2, 3})
      for (Index stride : {0, 1, 2, 3})
        for (Index padding = 0; padding <= kernel / 2; ++padding)
          for (bool ceil : {false, true}) {
            CAPTURE(shape);
            CAPTURE(kernel);
            CAPTURE(stride);
            CAPTURE(padding);
            CAPTURE(ceil);
            const Sizes step = stride ? Sizes(stride) : Sizes{};
            auto compare = [&](bool mean, Index dilation, bool count_pad, Index divisor) {
              Tensor x = random_tensor(shape, 1).set_requires_grad(true);
              for (int pass = 1; pass <= 2; ++pass) {
                const Tensor y = mean ? avg_pool(x, kernel, {step, padding, ceil, count_pad, divisor})
                                      : max_pool(x, kernel, {step, padding, dilation, ceil});
                const Tensor dy = random_tensor(y.shape(), 2);
                Pooled2 r = slow_pool(x, kernel, step, padding, dilation, mean, count_pad, divisor, y, dy);
                CHECK(difference(y, r.y) < tolerance);
                y.backward(dy);
                for (Wide& v : r.dx) v *= pass;
                CHECK(difference(gradient(x), r.dx) < tolerance);
              }
            };
            compare(false, 1, true, 0);
            if (kernel < 3 || padding) compare(false, 2, true, 0);
            compare(true, 1, true, 0);
            compare(true, 1, false, 0);
            compare(true, 1, true, 5);
          }
}

TEST_CASE("max_pool: the first of equals has the gradient, NaN wins, padding never does") {
  Tensor x = Tensor::from({1, 1, 2, 4}, {1, 1, -5, -3, 1, 1, -3, -3}).set_requires_grad(true);
  const Tensor y = max_pool(x, 2);
  CHECK((y[0] == 1 && y[1] == -3));
  y.backward(Tensor::from({1, 1, 1, 2}, {10, 20}));
  CHECK(numbers(x.grad()) == Numbers{10, 0, 0, 20, 0, 0, 0, 0});

  for (Index at = 0; at < 4; ++at) {  // NaN wins wherever a 2×2 window has it
    Tensor square = Tensor::from({1, 1, 2, 2}, {1, 2, 3, 4}).set_requires_grad(true);
    square[at] = NAN;
    const Tensor most = max_pool(square, 2);
    CHECK(std::isnan(most[0]));
    most.backward(Tensor::ones(most.shape()));
    for (Index i = 0; i < 4; ++i) CHECK(square.grad()[i] == (i == at));
  }

  Tensor holes = Tensor::from({1, 1, 5}, {NAN, 2, 1, NAN, 3}).set_requires_grad(true);
  const Tensor z = max_pool(holes, 2, {.stride = 1});
  CHECK((z[0] != z[0] && z[1] == 2 && z[2] != z[2] && z[3] != z[3]));
  z.backward(Tensor::ones({1, 1, 4}));
  CHECK(numbers(holes.grad()) == Numbers{1, 1, 0, 2, 0});

  const Tensor low = Tensor::full({1, 1, 2, 2}, -7);
  for (real v : max_pool(low, 2, {.stride = 1, .padding = 1})) CHECK(v == -7);
  const Tensor lowest = max_pool(Tensor::full({1, 1, 4}, -HUGE_VAL).set_requires_grad(true), 2);
  CHECK(lowest[0] == -HUGE_VAL);
  lowest.backward(Tensor::ones({1, 1, 2}));
}

TEST_CASE("max_pool: 1×2×2 windows in three dimensions are 2×2 windows in each plane") {
  for (const Shape& shape : {Shape{2, 3, 3, 5, 9}, Shape{1, 2, 2, 4, 67}, Shape{1, 1, 4, 2, 2}}) {
    for (bool ceil : {false, true}) {
      CAPTURE(shape);
      CAPTURE(ceil);
      Tensor x = random_tensor(shape, 3).set_requires_grad(true);
      Tensor planes = reshape(x.detach(), {shape[0], shape[1] * shape[2], shape[3], shape[4]});
      planes.set_requires_grad(true);
      const Tensor y = max_pool(x, {1, 2, 2}, {.ceil_mode = ceil}),
                   z = max_pool(planes, 2, {.ceil_mode = ceil});
      const Tensor dy = random_tensor(y.shape(), 4);
      y.backward(dy);
      z.backward(reshape(dy, z.shape()));
      CHECK(numbers(y) == numbers(z));
      CHECK(numbers(x.grad()) == numbers(planes.grad()));
    }
  }
}

TEST_CASE("adaptive_avg_pool: stretches that overlap, with gradients") {
  Tensor x = Tensor::from({1, 1, 5}, {1, 2, 3, 4, 5}).set_requires_grad(true);
  const Tensor y = adaptive_avg_pool(x, 3);  // [0, 2) [1, 4) [3, 5)
  CHECK(difference(y, {1.5, 3, 4.5}) < tolerance);
  y.backward(Tensor::from({1, 1, 3}, {2, 3, 4}));
  CHECK(difference(gradient(x), {1, 2, 1, 3, 2}) < tolerance);
  const Tensor wide = adaptive_avg_pool(x, 7);  // more outputs than inputs
  CHECK(difference(wide, {1, 1.5, 2.5, 3, 3.5, 4.5, 5}) < tolerance);
}

TEST_CASE("pools: errors name the shapes") {
  const Tensor x = Tensor::zeros({2, 3, 5, 5});
  CHECK(error_of([&] { max_pool(x, 6); }) ==
        "max_pool2d: a kernel of 6 with dilation 1 is larger than x (2, 3, 5, 5) with padding 0");
  CHECK(error_of([&] { max_pool(x, 3, {.padding = 2}); }) ==
        "max_pool2d: expected padding of at most 1, half the kernel, got 2");
  CHECK(error_of([&] {
          avg_pool(x, {3, 1}, {.padding = 1});
        }) == "avg_pool2d: expected padding of at most 0, half the kernel, got 1");
  CHECK(error_of([&] { max_pool(x, {}); }) == "max_pool2d: kernel: expected 1 or 2 numbers, got 0");
  CHECK(error_of([&] { max_pool(x, 0); }) == "max_pool2d: kernel: expected 1 to 2^24, got 0");
  CHECK(error_of([] {
          max_pool(Tensor::zeros({1, 1, 2}), 2, {.padding = 1, .dilation = 3});
        }) == "max_pool1d: a window of x (1, 1, 2) sees padding only");
  CHECK(error_of([&] { avg_pool(x, 2, {.divisor_override = -1}); }) ==
        "avg_pool2d: expected divisor_override of at least 1, or 0 for none, got -1");
  CHECK(error_of([&] {
          adaptive_avg_pool(x, {2, 0});
        }) == "adaptive_avg_pool2d: output size: expected 1 to 2^24, got 0");
  const std::string huge = error_of([] { adaptive_avg_pool(Tensor::zeros({1, 1, 1, 1, 1}), 1 << 24); });
  CHECK(huge.find("has over 2^56 elements") != huge.npos);
}

TEST_CASE("an input frozen between forward and backward gets no gradient, and nothing crashes") {
  for (bool max : {true, false}) {
    Tensor x = random_tensor({1, 1, 4, 4}, 1).set_requires_grad(true),
           w = random_tensor({1, 1, 2, 2}, 2).set_requires_grad(true);
    const Tensor y = mul(max ? max_pool(x, 2) : avg_pool(x, 2), w);
    x.set_requires_grad(false);
    y.backward(Tensor::ones(y.shape()));
    CHECK(!x.has_grad());
    CHECK(w.has_grad());
  }
}

}  // namespace core_pooling_test
}}  // namespace norma
