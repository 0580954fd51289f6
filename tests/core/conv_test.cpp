// Convolution against its definition in long double, written out as loops over every index; identities with
// linear; errors.
#include "core/conv.h"

#include <doctest/doctest.h>

#include "core/conv_direct.h"
#include "core/ops.h"
#include "core/pooling.h"
#include "core/random.h"
#include "tests/support/grid.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_conv_test {

using namespace reference;

struct Convolved {
  Numbers y, dx, dW, db;
};

// y(n, o, p) = b(o) + Σ_c Σ_k W(o, c, k) x(n, c, p s − pad + k dil), and each product's share of the
// gradients.
Convolved slow_conv(const Tensor& x, const Tensor& W, const Tensor& b, const Sizes& stride,
                    const Sizes& padding, const Sizes& dilation, Index groups, const Tensor& y,
                    const Tensor& dy) {
  const SpatialGrid gx(x), gw(W), gy(y);
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
  check_conv_case({2, 14, 40}, {13, 14, 3}, true, 17, 1, 1, 1);   // a stride larger than the kernel
  check_conv_case({2, 14, 5, 5}, {13, 14, 5, 5}, true, 1, 0, 1, 1);
  check_conv_case({2, 14, 20, 20}, {13, 14, 3, 3}, true, 4, 1, 1, 1);
}

TEST_CASE("conv of images with few pixels: several are computed as one") {
  check_conv_case({17, 14, 2, 2}, {37, 14, 3, 3}, true, 1, 1, 1, 1);    // two stacks of 9, a zero in the last
  check_conv_case({59, 16, 1, 1}, {32, 16, 3, 3}, true, 1, 1, 1, 1);    // one pixel each
  check_conv_case({20, 32, 3, 5}, {34, 16, 3, 2}, false, 2, 1, 1, 2);   // strides and groups
  check_conv_case({31, 18, 6}, {35, 18, 4}, true, 2, 3, 2, 1);          // one dimension
  check_conv_case({13, 130, 2, 2}, {33, 130, 1, 1}, true, 1, 0, 1, 1);  // pointwise
  check_conv_case({3, 260, 7, 7}, {68, 130, 1, 1}, true, 1, 0, 1, 2);   // its dW without stacks
  check_conv_case({9, 18, 1, 3, 3}, {33, 18, 1, 3, 3}, true, {3, 1, 1}, {0, 1, 1}, {2, 1, 1}, 1);
  check_conv_case({9, 18, 1, 3, 3}, {33, 18, 1, 3, 3}, true, 1, 1, 1, 1);  // its depth has padding: no stack
}

TEST_CASE("conv: an image has the same y in any batch") {
  for (const Index side : {1, 3, 5}) {
    for (const Index outputs : {5, 37}) {
      const Tensor x = random_tensor({23, 14, side, side}, 1), W = random_tensor({outputs, 14, 3, 3}, 2),
                   y = conv(x, W, {}, 1, 1);
      for (Index n = 0; n < 23; ++n) {
        Tensor xn({1, 14, side, side});
        std::copy_n(x.data() + n * xn.size(), xn.size(), xn.data());
        const Tensor alone = conv(xn, W, {}, 1, 1);
        CHECK(std::equal(alone.begin(), alone.end(), y.data() + n * alone.size()));  // the same bits
      }
    }
  }
}

// Most have enough channels for the way without im2col, in y and dW, in dx, or in all; the others do not.
TEST_CASE("conv is its definition on a thousand random shapes") {
  Rng rng(7);
  auto from = [&](Index least, Index most) {
    return least + static_cast<Index>(rng.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  for (int i = 0; i < 1000; ++i) {
    const Index spatial = from(1, 3), longest = spatial == 1 ? 30 : spatial == 2 ? 8 : 4;
    const Index groups = from(0, 4) ? 1 : from(2, 3);
    Shape xs{from(1, 3), groups * from(1, 20)}, ws{groups * from(1, 36), xs[1] / groups};
    Index stride[3], padding[3], dilation[3];
    for (int d = 0; d < spatial; ++d) {
      stride[d] = from(1, 3);
      padding[d] = from(0, 3);
      dilation[d] = from(1, 2);
      ws.append(from(1, spatial == 3 ? 3 : 4));
      const Index least = dilation[d] * (ws[d + 2] - 1) + 1 - 2 * padding[d];
      xs.append(std::max(from(1, longest), least));
    }
    auto sizes = [&](const Index* s) {
      return spatial == 1 ? Sizes{s[0]} : spatial == 2 ? Sizes{s[0], s[1]} : Sizes{s[0], s[1], s[2]};
    };
    check_conv_case(xs, ws, i % 2 == 0, sizes(stride), sizes(padding), sizes(dilation), groups);
  }
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

TEST_CASE("the same bits with one thread and with two") {
  auto all = [] {
    Tensor x = random_tensor({9, 4, 40, 40}, 1).set_requires_grad(true);
    Tensor W = random_tensor({16, 2, 3, 3}, 2).set_requires_grad(true),
           b = random_tensor({16}, 3).set_requires_grad(true);
    const Tensor V = random_tensor({20, 16, 3, 3}, 6).set_requires_grad(true),
                 U = random_tensor({18, 20, 3, 3}, 6).set_requires_grad(true);
    const Tensor y = conv(x, W, b, 1, 1, 1, 2), v = conv(y, V, {}, 2, 1);
    const Tensor s = random_tensor({50, 20, 2, 2}, 8).set_requires_grad(true), u = conv(s, U, {}, 1, 1);
    u.backward(random_tensor(u.shape(), 9));
    v.backward(random_tensor(v.shape(), 7), /*keep_graph=*/true);
    const Tensor z = add(max_pool(y, 2), avg_pool(y, 2)), m = adaptive_avg_pool(y, 3);
    z.backward(random_tensor(z.shape(), 4), /*keep_graph=*/true);
    m.backward(random_tensor(m.shape(), 5));
    return std::vector<Tensor>{y, v, u, z, m, x.grad(), W.grad(), V.grad(), U.grad(), s.grad(), b.grad()};
  };
  CHECK(same_on_two_threads(all));
}

// Of a convolution without groups and dilation, from `in` to `out` channels.
ConvSizes sizes_of(Index N, Index in, Index out, const SlidingWindow& w) {
  ConvSizes c{.window = w,
              .padded = {},
              .N = N,
              .C = in,
              .groups = 1,
              .group_in = in,
              .group_out = out,
              .taps = product(w.kernel),
              .P = product(w.out)};
  for (std::size_t i = 0; i < 3; ++i) c.padded[i] = w.in[i] + 2 * w.padding[i];
  return c;
}

TEST_CASE("large images of which windows see few pixels are not stacked") {
  const ConvSizes c = sizes_of(48, 16, 16,
                               {.in = {1, 256, 256},
                                .out = {1, 1, 1},
                                .kernel = {1, 3, 3},
                                .stride = {1, 256, 256},
                                .padding = {0, 0, 0},
                                .dilation = {1, 1, 1}});
  CHECK(!direct_output_is_faster(c));
  check_conv_case({2, 9, 130, 130}, {16, 9, 3, 3}, true, 130, 1, 1, 1);
}

TEST_CASE("conv3d with strides whose product has more than 64 bits") {
  const ConvSizes c = sizes_of(1, 8, 32,
                               {.in = {1, 1, 1},
                                .out = {16, 1, 1},
                                .kernel = {1, 1, 1},
                                .stride = {1563545, 10905193, 4327489},  // the product is 2⁶⁶ + 1
                                .padding = {11726588, 0, 0},
                                .dilation = {1, 1, 1}});
  CHECK(!direct_input_is_faster(c));  // it would have a table for each stride
  const Index most = 1 << 24;
  Tensor x = Tensor::ones({1, 8, 1, 1, 1}), W = Tensor::ones({32, 8, 1, 1, 1});
  x.set_requires_grad(true);
  const Tensor y = conv(x, W, {}, {most, most, most});
  CHECK(y[31] == 8);
  sum(y).backward();
  CHECK(x.grad()[7] == 32);
}

TEST_CASE("conv: errors name the shapes") {
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
  const Index wraps = 0x6666666666666667;  // times 5 it is 3 in 64 bits
  CHECK(conv_error({4, 5, 3, 3}, {}, 1, 0, 1, wraps) ==
        concat("conv2d: x (2, 3, 5, 5) does not fit W (4, 5, 3, 3) with ", wraps, " groups"));
  CHECK(conv_error({4, 1, 3, 3}, {}, 1, 0, 1, 3) ==
        "conv2d: 3 groups do not divide the 4 outputs of W (4, 1, 3, 3)");
  CHECK(conv_error({4, 3, 3, 3}, {}, 1, 0, 1, 0) == "conv2d: expected at least 1 group, got 0");
  CHECK(conv_error({4, 3, 3, 3}, {3}) == "conv2d: b (3,) does not fit W (4, 3, 3, 3)");
  CHECK(conv_error({4, 3, 6, 1}, {}) ==
        "conv2d: a kernel of 6 with dilation 1 is larger than x (2, 3, 5, 5) with padding 0");
  CHECK(conv_error({4, 3, 1, 3}, {}, 1, 1, 4) ==
        "conv2d: a kernel of 3 with dilation 4 is larger than x (2, 3, 5, 5) with padding 1");
  CHECK(conv_error({4, 3, 3, 3}, {}, 0) == "conv2d: stride: expected 1 to 2^24, got 0");
  CHECK(conv_error({4, 3, 3, 3}, {}, 1, -1) == "conv2d: padding: expected 0 to 2^24, got -1");
  CHECK(conv_error({4, 3, 3, 3}, {}, 1, 0, 0) == "conv2d: dilation: expected 1 to 2^24, got 0");
  CHECK(conv_error({4, 3, 3, 3}, {}, {1, 1, 1}) == "conv2d: stride: expected 1 or 2 numbers, got 3");
  CHECK(conv_error({4, 3, 3, 3}, {}, {}) == "conv2d: stride: expected 1 or 2 numbers, got 0");
  CHECK(conv_error({0, 3, 3, 3}, {}) == "conv2d: x (2, 3, 5, 5) does not fit W (0, 3, 3, 3) with 1 group");
  CHECK(error_of([] {
          conv(Tensor::zeros({2, 3}), Tensor::zeros({4, 3}));
        }) == "conv: expected x of shape (N, C, …) with 1 to 3 spatial dimensions, got (2, 3)");
  CHECK(error_of([] {
          conv(Tensor::zeros({0, 3, 5}), Tensor::zeros({4, 3, 1}));
        }) == "conv1d: x (0, 3, 5) is empty");

  const Tensor one = Tensor::zeros({1, 1, 1, 1, 1});
  for (const Index stride : {1, 1 << 24})
    CHECK(error_of([&] { conv(one, one, {}, stride, 1 << 24); }) ==
          "conv3d: x (1, 1, 1, 1, 1) with padding 16777216 has over 2^56 elements");
}

}  // namespace core_conv_test
}}  // namespace norma
