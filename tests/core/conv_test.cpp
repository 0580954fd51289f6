// Convolution and pooling against their definitions in long double, written out as loops over every index; identities
// with linear and among each other; errors.
#include "core/conv.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "core/pooling.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

// The definitions -------------------------------------------------------------------------------------------

// Sizes of (N, C, S…) with S as (D, H, W).
struct Grid {
  Index N, C, D, H, W;
  explicit Grid(const Tensor& t)
      : N(t.dim(0)), C(t.dim(1)), D(spatial_sizes(t)[0]), H(spatial_sizes(t)[1]), W(spatial_sizes(t)[2]) {}
  bool holds(Index d, Index h, Index w) const {
    return d >= 0 && h >= 0 && w >= 0 && d < D && h < H && w < W;
  }
  std::size_t at(Index n, Index c, Index d, Index h, Index w) const {
    return reference::at((((n * C + c) * D + d) * H + h) * W + w);
  }
  // f(n, c, d, h, w)
  template <class F>
  void each(const F& f) const {
    for (Index n = 0; n < N; ++n)
      for (Index c = 0; c < C; ++c)
        for (Index d = 0; d < D; ++d)
          for (Index h = 0; h < H; ++h)
            for (Index w = 0; w < W; ++w) f(n, c, d, h, w);
  }
};

// One number for D, H and W as far as x has them; those it lacks get what changes nothing.
struct Along {
  Index D, H, W;
  Along(const Tensor& x, const Sizes& s, Index missing) {
    const Triple t = in_three({"test", x.rank() - 2}, "sizes", s, missing, 0);
    D = t[0], H = t[1], W = t[2];
  }
};

struct Convolved {
  Numbers y, dx, dW, db;
};

// y(n, o, p) = b(o) + Σ_c Σ_k W(o, c, k) x(n, c, p s − pad + k dil), and each product's share of the gradients.
Convolved slow_conv(const Tensor& x, const Tensor& W, const Tensor& b, const Sizes& stride,
                    const Sizes& padding, const Sizes& dilation, Index groups, const Tensor& y,
                    const Tensor& dy) {
  const Grid gx(x), gw(W), gy(y);
  const Along s(x, stride, 1), p(x, padding, 0), l(x, dilation, 1);
  Convolved r{Numbers(at(y.size())), Numbers(at(x.size())), Numbers(at(W.size())), Numbers(at(gy.C))};
  const Index outs = gy.C / groups;
  gy.each([&](Index n, Index o, Index d, Index h, Index w) {
    const std::size_t at_y = gy.at(n, o, d, h, w);
    const Wide up = dy[static_cast<Index>(at_y)];
    r.y[at_y] = b.defined() ? b[o] : 0;
    r.db[at(o)] += up;
    for (Index c = 0; c < gw.C; ++c)
      for (Index i = 0; i < gw.D; ++i)
        for (Index j = 0; j < gw.H; ++j)
          for (Index k = 0; k < gw.W; ++k) {
            const Index D = d * s.D - p.D + i * l.D, H = h * s.H - p.H + j * l.H, V = w * s.W - p.W + k * l.W;
            if (!gx.holds(D, H, V)) continue;
            const std::size_t at_x = gx.at(n, o / outs * gw.C + c, D, H, V), at_w = gw.at(o, c, i, j, k);
            r.y[at_y] += Wide(W[static_cast<Index>(at_w)]) * x[static_cast<Index>(at_x)];
            r.dx[at_x] += W[static_cast<Index>(at_w)] * up;
            r.dW[at_w] += x[static_cast<Index>(at_x)] * up;
          }
  });
  return r;
}

struct Pooled2 {
  Numbers y, dx;
};

// One pass over the taps of each window, as the definition has it; `mean` or the largest.
Pooled2 slow_pool(const Tensor& x, const Sizes& kernel, const Sizes& stride, const Sizes& padding,
                  const Sizes& dilation, bool mean, bool count_pad, Index override, const Tensor& y,
                  const Tensor& dy) {
  const Grid gx(x), gy(y);
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

// Checks ----------------------------------------------------------------------------------------------------

void check_conv_case(const Shape& xs, const Shape& ws, bool bias, const Sizes& stride, const Sizes& padding,
                     const Sizes& dilation, Index groups) {
  CAPTURE(xs);
  CAPTURE(ws);
  CAPTURE(stride);
  CAPTURE(padding);
  CAPTURE(dilation);
  CAPTURE(groups);
  CAPTURE(bias);
  Tensor x = random_tensor(xs, 1).set_requires_grad(true), W = random_tensor(ws, 2).set_requires_grad(true),
         b;
  if (bias) b = random_tensor({ws[0]}, 3).set_requires_grad(true);
  for (int pass = 1; pass <= 2; ++pass) {  // the second adds
    const Tensor y = conv(x, W, b, stride, padding, dilation, groups), dy = random_tensor(y.shape(), 4);
    const Convolved r = slow_conv(x, W, b, stride, padding, dilation, groups, y, dy);
    auto times = [=](Numbers n) {
      for (Wide& v : n) v *= pass;
      return n;
    };
    CHECK(difference(y, r.y) < tolerance);
    y.backward(dy);
    CHECK(difference(gradient(x), times(r.dx)) < tolerance);
    CHECK(difference(gradient(W), times(r.dW)) < tolerance);
    if (bias) CHECK(difference(gradient(b), times(r.db)) < tolerance);
  }
}

TEST_CASE("conv is its definition, with all gradients: stride × padding × dilation × groups × rank") {
  for (Index stride : {1, 2, 3})
    for (Index padding : {0, 1, 2})
      for (Index dilation : {1, 2})
        for (Index groups : {1, 2}) {
          const Index in = 4 / groups;
          const bool bias = (stride + padding + dilation) % 2 == 0;
          check_conv_case({3, 4, 11}, {6, in, 3}, bias, stride, padding, dilation, groups);
          check_conv_case({3, 4, 7, 8}, {6, in, 3, 2}, bias, stride, padding, dilation, groups);
          check_conv_case({2, 4, 5, 6, 5}, {2, in, 2, 3, 3}, bias, stride, padding, dilation, groups);
        }
}

TEST_CASE("conv: unequal sizes, wide rows, many images, one of everything, depthwise") {
  check_conv_case({2, 3, 9, 20}, {4, 3, 5, 3}, true, {2, 1}, {2, 0}, {1, 3}, 1);
  check_conv_case({1, 2, 3, 40}, {3, 2, 1, 7}, true, 1, {0, 3}, 1, 1);  // rows of more than one piece
  check_conv_case({1, 1, 5, 16, 33}, {2, 1, 3, 1, 2}, false, {1, 2, 1}, {1, 0, 1}, {2, 1, 1}, 1);
  check_conv_case({19, 2, 4, 4}, {3, 2, 3, 3}, true, 1, 1, 1, 1);  // more images than parts, not a multiple
  check_conv_case({1, 1, 1}, {1, 1, 1}, true, 1, 0, 1, 1);
  check_conv_case({2, 6, 5, 5}, {6, 1, 3, 3}, true, 1, 1, 1, 6);
  check_conv_case({2, 3, 4}, {6, 1, 3}, false, 1, 1, 1, 3);
  check_conv_case({2, 4, 6, 6}, {4, 2, 1, 1}, true, 1, 0, 1, 2);  // pointwise: without im2col
  check_conv_case({2, 4, 6, 6}, {4, 4, 1, 1}, false, 2, 0, 1, 1);
  check_conv_case({2, 4, 6, 6}, {4, 4, 1, 1}, true, 1, 1, 1, 1);
  check_conv_case({2, 1, 2, 2}, {1, 1, 2, 2}, true, 1, 3, 1, 1);  // windows that see padding only
}

TEST_CASE("conv of a frozen weight or of data has the other gradients") {
  Tensor x = random_tensor({2, 2, 5, 5}, 1), W = random_tensor({3, 2, 3, 3}, 2).set_requires_grad(true);
  conv(x, W).backward(Tensor::ones({2, 3, 3, 3}));
  CHECK((W.has_grad() && !x.has_grad()));
  W.zero_grad();
  W.set_requires_grad(false);
  x.set_requires_grad(true);
  conv(x, W).backward(Tensor::ones({2, 3, 3, 3}));
  CHECK((x.has_grad() && !W.has_grad()));
}

TEST_CASE("conv with a kernel of the image's size is linear; with 1×1 it is linear at each position") {
  const Tensor x = random_tensor({3, 2, 4, 5}, 1), W = random_tensor({6, 2, 4, 5}, 2),
               b = random_tensor({6}, 3);
  CHECK(difference(conv(x, W, b), numbers(linear(x.detach({3, 40}), W.detach({6, 40}), b))) < tolerance);

  const Tensor V = random_tensor({6, 2, 1, 1}, 4), y = conv(x, V, b);
  Tensor rows({60, 2});  // (n, position) by channel
  for (Index n = 0; n < 3; ++n)
    for (Index c = 0; c < 2; ++c)
      for (Index p = 0; p < 20; ++p) rows[(n * 20 + p) * 2 + c] = x[(n * 2 + c) * 20 + p];
  const Tensor z = linear(rows, V.detach({6, 2}), b);
  Numbers turned(at(y.size()));
  for (Index n = 0; n < 3; ++n)
    for (Index c = 0; c < 6; ++c)
      for (Index p = 0; p < 20; ++p) turned[at((n * 6 + c) * 20 + p)] = z[(n * 20 + p) * 6 + c];
  CHECK(difference(y, turned) < tolerance);
}

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

TEST_CASE("sizes of outputs, worked by hand") {
  const Tensor x = Tensor::zeros({1, 1, 5, 6});
  CHECK(max_pool(x, 2).shape() == Shape{1, 1, 2, 3});
  CHECK(max_pool(x, 2, {.ceil_mode = true}).shape() == Shape{1, 1, 3, 3});
  CHECK(max_pool(x, 3, {.stride = 1, .dilation = 2}).shape() == Shape{1, 1, 1, 2});
  // The last window would begin in the right padding: (5 + 2 − 2)/2 rounded up + 1 = 4, less one.
  CHECK(avg_pool(x, 2, {.stride = 2, .padding = 1, .ceil_mode = true}).shape() == Shape{1, 1, 3, 4});
  CHECK(conv(x, Tensor::zeros({4, 1, 3, 3}), {}, 2, 1).shape() == Shape{1, 4, 3, 3});
  CHECK(adaptive_avg_pool(x, {2, 9}).shape() == Shape{1, 1, 2, 9});
}

TEST_CASE("max_pool: the first of equals has the gradient, NaN wins, padding never does") {
  Tensor x = Tensor::from({1, 1, 2, 4}, {1, 1, -5, -3, 1, 1, -3, -3}).set_requires_grad(true);
  const Tensor y = max_pool(x, 2);
  CHECK((y[0] == 1 && y[1] == -3));
  y.backward(Tensor::from({1, 1, 1, 2}, {10, 20}));
  CHECK(numbers(x.grad()) == Numbers{10, 0, 0, 20, 0, 0, 0, 0});

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

TEST_CASE("adaptive_avg_pool: stretches that overlap, with gradients") {
  Tensor x = Tensor::from({1, 1, 5}, {1, 2, 3, 4, 5}).set_requires_grad(true);
  const Tensor y = adaptive_avg_pool(x, 3);  // [0, 2) [1, 4) [3, 5)
  CHECK(difference(y, {1.5, 3, 4.5}) < tolerance);
  y.backward(Tensor::from({1, 1, 3}, {2, 3, 4}));
  CHECK(difference(gradient(x), {1, 2, 1, 3, 2}) < tolerance);
  const Tensor wide = adaptive_avg_pool(x, 7);  // more outputs than inputs
  CHECK(difference(wide, {1, 1.5, 2.5, 3, 3.5, 4.5, 5}) < tolerance);
}

TEST_CASE("the same bits with one thread and with two") {
  auto all = [] {
    Tensor x = random_tensor({9, 4, 40, 40}, 1).set_requires_grad(true);
    Tensor W = random_tensor({6, 2, 3, 3}, 2).set_requires_grad(true),
           b = random_tensor({6}, 3).set_requires_grad(true);
    const Tensor y = conv(x, W, b, 1, 1, 1, 2);
    const Tensor z = add(max_pool(y, 2), avg_pool(y, 2)), m = adaptive_avg_pool(y, 3);
    z.backward(random_tensor(z.shape(), 4), /*keep_graph=*/true);
    m.backward(random_tensor(m.shape(), 5));
    return std::vector<Tensor>{y, z, m, x.grad(), W.grad(), b.grad()};
  };
  CHECK(same_on_two_threads(all));
}

TEST_CASE("conv and pools: errors name the shapes") {
  const Tensor x = Tensor::zeros({2, 3, 5, 5});
  auto conv_error = [&](const Shape& W, const Shape& b, const Sizes& stride = 1, const Sizes& padding = 0,
                        const Sizes& dilation = 1, Index groups = 1) {
    return error_of([&] {
      conv(x, Tensor::zeros(W), b.rank() ? Tensor::zeros(b) : Tensor(), stride, padding, dilation, groups);
    });
  };
  CHECK(conv_error({4, 2, 3, 3}, {}) == "conv2d: x (2, 3, 5, 5) does not fit W (4, 2, 3, 3) with 1 group");
  CHECK(conv_error({4, 3, 3}, {}) == "conv2d: x (2, 3, 5, 5) does not fit W (4, 3, 3) with 1 group");
  CHECK(conv_error({4, 3, 3, 3}, {}, 1, 0, 1, 3) ==
        "conv2d: x (2, 3, 5, 5) does not fit W (4, 3, 3, 3) with 3 groups");
  CHECK(conv_error({4, 1, 3, 3}, {}, 1, 0, 1, 3) ==
        "conv2d: 3 groups do not divide the 4 outputs of W (4, 1, 3, 3)");
  CHECK(conv_error({4, 3, 3, 3}, {}, 1, 0, 1, 0) == "conv2d: 0 groups given, at least 1 wanted");
  CHECK(conv_error({4, 3, 3, 3}, {3}) == "conv2d: b (3,) does not fit W (4, 3, 3, 3)");
  CHECK(conv_error({4, 3, 6, 1}, {}) ==
        "conv2d: a kernel of 6 with dilation 1 is larger than x (2, 3, 5, 5) with padding 0");
  CHECK(conv_error({4, 3, 1, 3}, {}, 1, 1, 4) ==
        "conv2d: a kernel of 3 with dilation 4 is larger than x (2, 3, 5, 5) with padding 1");
  CHECK(conv_error({4, 3, 3, 3}, {}, 0) == "conv2d: stride 0 given, 1 to 2^24 wanted");
  CHECK(conv_error({4, 3, 3, 3}, {}, 1, -1) == "conv2d: padding -1 given, 0 to 2^24 wanted");
  CHECK(conv_error({4, 3, 3, 3}, {}, 1, 0, 0) == "conv2d: dilation 0 given, 1 to 2^24 wanted");
  CHECK(conv_error({4, 3, 3, 3}, {}, {1, 1, 1}) == "conv2d: 3 numbers given for stride, 1 or 2 wanted");
  CHECK(conv_error({4, 3, 3, 3}, {}, {}) == "conv2d: 0 numbers given for stride, 1 or 2 wanted");
  CHECK(conv_error({0, 3, 3, 3}, {}) == "conv2d: x (2, 3, 5, 5) does not fit W (0, 3, 3, 3) with 1 group");
  CHECK(error_of([] {
          conv(Tensor::zeros({2, 3}), Tensor::zeros({4, 3}));
        }) == "conv: x (2, 3) given, (N, C, …) with 1 to 3 spatial dimensions wanted");
  CHECK(error_of([] {
          conv(Tensor::zeros({0, 3, 5}), Tensor::zeros({4, 3, 1}));
        }) == "conv1d: x (0, 3, 5) is empty");

  for (const std::string& huge :
       {error_of([] {
          conv(Tensor::zeros({1, 1, 1, 1, 1}), Tensor::zeros({1, 1, 1, 1, 1}), {}, 1 << 24, 1 << 24);
        }),
        error_of([] {
          conv(Tensor::zeros({1, 1, 1, 1, 1}), Tensor::zeros({1, 1, 1, 1, 1}), {}, 1, 1 << 24);
        }),
        error_of([&] {
          adaptive_avg_pool(Tensor::zeros({1, 1, 1, 1, 1}), 1 << 24);
        })})
    CHECK(huge.find("has over 2^56 elements") != huge.npos);

  CHECK(error_of([&] { max_pool(x, 6); }) ==
        "max_pool2d: a kernel of 6 with dilation 1 is larger than x (2, 3, 5, 5) with padding 0");
  CHECK(error_of([&] { max_pool(x, 3, {.padding = 2}); }) ==
        "max_pool2d: padding 2 given, at most half the kernel, 1, wanted");
  CHECK(error_of([&] {
          avg_pool(x, {3, 1}, {.padding = 1});
        }) == "avg_pool2d: padding 1 given, at most half the kernel, 0, wanted");
  CHECK(error_of([&] { max_pool(x, {}); }) == "max_pool2d: 0 numbers given for kernel, 1 or 2 wanted");
  CHECK(error_of([&] { max_pool(x, 0); }) == "max_pool2d: kernel 0 given, 1 to 2^24 wanted");
  CHECK(error_of([] {
          max_pool(Tensor::zeros({1, 1, 2}), 2, {.padding = 1, .dilation = 3});
        }) == "max_pool1d: a window of x (1, 1, 2) sees padding only");
  CHECK(error_of([&] { avg_pool(x, 2, {.divisor_override = -1}); }) ==
        "avg_pool2d: divisor_override -1 given, 1 or more wanted, or 0 for none");
  CHECK(error_of([&] {
          adaptive_avg_pool(x, {2, 0});
        }) == "adaptive_avg_pool2d: output size 0 given, 1 to 2^24 wanted");
  CHECK(error_of([] { Sizes({1, 2, 3, 4}); }) == "sizes: 4 given, at most 3 wanted");
}

TEST_CASE("pooling: an input frozen between forward and backward gets no gradient, and nothing crashes") {
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

}  // namespace
}}  // namespace norma
