// Convolution, in two ways: by core/conv_direct.cpp where that is faster, as it says at its end; it copies
// nothing for each tap. Else, for instance with few channels or most pointwise kernels, as the product that
// follows.
//
// As a matrix product: im2col writes, for each channel and tap, what it meets at every output position, a
// row of the matrix col; then y = W col. One image at a time, so that col stays in the cache between writing
// and product.
#include "core/conv.h"

#include <climits>

#include "core/blas.h"
#include "core/conv_direct.h"
#include "core/lanes.h"
#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// body(i, j) for each line of outputs in each row of col: it begins at i in a padded image, at j in col.
template <class Body>
void for_col_rows(const ConvSizes& c, const Body& body) {
  const SlidingWindow& s = c.window;
  const Index H = c.padded[1], W = c.padded[2];
  Index j = 0;
  for (Index channel = 0; channel < c.C; ++channel) {
    for (Index kd = 0; kd < s.kernel[0]; ++kd) {
      for (Index kh = 0; kh < s.kernel[1]; ++kh) {
        for (Index kw = 0; kw < s.kernel[2]; ++kw) {
          for (Index d = 0; d < s.out[0]; ++d) {
            const Index plane = channel * c.padded[0] + d * s.stride[0] + kd * s.dilation[0];
            Index i = (plane * H + kh * s.dilation[1]) * W + kw * s.dilation[2];
            for (Index h = 0; h < s.out[1]; ++h, i += s.stride[1] * W, j += s.out[2]) body(i, j);
          }
        }
      }
    }
  }
}

// col ← what each channel and tap meet in one padded image
void im2col(const ConvSizes& c, const real* padded, real* col) {
  const Index n = c.window.out[2], stride = c.window.stride[2];
  if (stride == 1) {  // the next line overwrites what hangs over
    for_col_rows(c, [=](Index i, Index j) {
      for (Index w = 0; w < n; w += lanes) store(load(padded + i + w), col + j + w);
    });
  } else {
    for_col_rows(c, [=](Index i, Index j) {
      for (Index w = 0; w < n; ++w) col[j + w] = padded[i + w * stride];
    });
  }
}

// The gradient of im2col: dx += what each weight passes on from dcol. The definition, for any stride.
void col2im_any(const ConvSizes& c, const real* dcol, real* dx) {
  const SlidingWindow& s = c.window;
  for (Index channel = 0; channel < c.C; ++channel) {
    for (Index kd = 0; kd < s.kernel[0]; ++kd) {
      for (Index kh = 0; kh < s.kernel[1]; ++kh) {
        for (Index kw = 0; kw < s.kernel[2]; ++kw, dcol += c.P) {
          const SlidingWindow::Range D = s.inside(0, kd), H = s.inside(1, kh), W = s.inside(2, kw);
          for (Index od = D.begin; od < D.end; ++od) {
            const Index d = od * s.stride[0] - s.padding[0] + kd * s.dilation[0];
            for (Index oh = H.begin; oh < H.end; ++oh) {
              const Index h = oh * s.stride[1] - s.padding[1] + kh * s.dilation[1];
              real* row = dx + ((channel * s.in[0] + d) * s.in[1] + h) * s.in[2];
              const real* from = dcol + (od * s.out[1] + oh) * s.out[2];
              for (Index ow = W.begin; ow < W.end; ++ow)
                row[ow * s.stride[2] - s.padding[2] + kw * s.dilation[2]] += from[ow];
            }
          }
        }
      }
    }
  }
}

// The same for stride 1, from dx's side: dx(p) ← β dx(p) + Σₖ dcol(k, p + padding − k·dilation), each row of
// dx written once. Reads up to `lanes` numbers before and behind dcol, and does not use them.
void col2im(const ConvSizes& c, const real* dcol, bool overwrite, real* dx) {
  const SlidingWindow& s = c.window;
  Places lane;
  for (Index l = 0; l < lanes; ++l) lane[l] = static_cast<Place>(l);
  Index at = 0;
  for (Index channel = 0; channel < c.C; ++channel, dcol += c.taps * c.P) {
    for (Index d = 0; d < s.in[0]; ++d) {
      for (Index h = 0; h < s.in[1]; ++h, at += s.in[2]) {
        for (Index w = 0; w < s.in[2]; w += lanes) {
          Reals sum{};
          const real* tap = dcol;
          for (Index kd = 0; kd < s.kernel[0]; ++kd) {
            for (Index kh = 0; kh < s.kernel[1]; ++kh, tap += s.kernel[2] * c.P) {
              const Index od = d + s.padding[0] - kd * s.dilation[0],
                          oh = h + s.padding[1] - kh * s.dilation[1];
              if (od < 0 || od >= s.out[0] || oh < 0 || oh >= s.out[1]) continue;
              const real* row = tap + (od * s.out[1] + oh) * s.out[2];
              Index ow = w + s.padding[2];  // of the first lane
              for (Index kw = 0; kw < s.kernel[2]; ++kw, row += c.P, ow -= s.dilation[2]) {
                if (ow <= -lanes || ow >= s.out[2]) continue;
                const Reals v = load(row + ow);
                const Places column = lane + static_cast<Place>(ow);
                sum += ((column >= 0) & (column < static_cast<Place>(s.out[2]))) ? v : Reals{};
              }
            }
          }
          if (overwrite) {
            store_row(sum, s.in[2] - w, c.x_size() - at - w, dx + at + w);
          } else {
            for (Index l = 0; l < lanes && w + l < s.in[2]; ++l) dx[at + w + l] += sum[l];
          }
        }
      }
    }
  }
}

// Work space of one thread: an image with its zeros, and right behind it col; each with `lanes` numbers to
// spare, since im2col reads up to that many past `padded` and writes up to that many past col's rows, and
// col2im reads up to that many before col (in `padded`) and past it.
struct Space {
  real *padded, *col;
};

// The batch in parts, each with its space: body(part, first image, last image, space). `padded` holds zeros,
// as many as `image` and some to spare.
template <class Body>
void for_spaces(const ConvSizes& c, Index image, const Body& body) {
  const Index padded = c.pointwise() ? 0 : image + lanes,
              col = c.pointwise() ? 0 : c.groups * c.K() * c.P + lanes;
  for_parts(c, padded, col, [=](Index part, Index first, Index last, real* space) {
    body(part, first, last, Space{space, space + padded});
  });
}

// col of image x; space.padded holds 0 wherever there is padding. Returns where col begins.
real* make_col(const ConvSizes& c, real* x, const Space& space) {
  if (c.pointwise()) return x;
  copy_planes(c.C, c.window.in, c.padded, c.window.padding, x, space.padded);
  im2col(c, space.padded, space.col);
  return space.col;
}

ConvSizes check_conv(const Tensor& x, const Tensor& W, const Tensor& b, const Sizes& stride,
                     const Sizes& padding, const Sizes& dilation, Index groups) {
  const OperationName name = spatial_operation("conv", x);
  check(groups >= 1, name, ": expected at least 1 group, got ", groups);
  check(W.rank() == x.rank() && W.size() > 0 && x.dim(1) % groups == 0 && W.dim(1) == x.dim(1) / groups, name,
        ": x ", x.shape(), " does not fit W ", W.shape(), " with ", groups,
        groups == 1 ? " group" : " groups");
  check(W.dim(0) % groups == 0, name, ": ", groups, " groups do not divide the ", W.dim(0), " outputs of W ",
        W.shape());
  check(!b.defined() || b.shape() == Shape{W.dim(0)}, name, ": b ", b.defined() ? b.shape() : Shape(),
        " does not fit W ", W.shape());
  const Triple k = spatial_sizes(W);
  const Sizes kernel = name.spatial == 1   ? Sizes{k[2]}
                       : name.spatial == 2 ? Sizes{k[1], k[2]}
                                           : Sizes{k[0], k[1], k[2]};
  ConvSizes c{.window = sliding_window(name, x, {kernel, stride, padding, dilation}),
              .padded = {},
              .N = x.dim(0),
              .C = x.dim(1),
              .groups = groups,
              .group_in = W.dim(1),
              .group_out = W.dim(0) / groups,
              .taps = product(k),
              .P = 0};
  c.P = product(c.window.out);
  for (std::size_t i = 0; i < 3; ++i) c.padded[i] = c.window.in[i] + 2 * c.window.padding[i];
  check(std::max({c.K(), c.P, c.group_out}) <= INT_MAX && c.groups * c.K() <= Shape::max_size / c.P, name,
        ": x ", x.shape(), " and W ", W.shape(), " are too large for BLAS");
  return c;
}

// The product of one image's group g: W, col and y, whose gradients have the same places.
Matrix weight(const ConvSizes& c, real* W, Index g) {
  return {W + g * c.group_out * c.K(), c.group_out, c.K()};
}
Matrix columns(const ConvSizes& c, real* col, Index g) { return {col + g * c.K() * c.P, c.K(), c.P}; }
Matrix outputs(const ConvSizes& c, real* y, Index g) { return {y + g * c.group_out * c.P, c.group_out, c.P}; }

void output(const ConvSizes& c, real* x, real* W, const real* b, real* y) {
  if (direct_output_is_faster(c)) return direct_output(c, x, W, b, y);
  for_spaces(c, c.C * product(c.padded), [=](Index, Index first, Index last, const Space& space) {
    for (Index n = first; n < last; ++n) {
      real *col = make_col(c, x + n * c.x_size(), space), *yn = y + n * c.y_size();
      for (Index o = 0; b && o < c.groups * c.group_out; ++o) std::fill_n(yn + o * c.P, c.P, b[o]);
      for (Index g = 0; g < c.groups; ++g)
        multiply(weight(c, W, g), columns(c, col, g), outputs(c, yn, g), /*beta=*/b ? 1 : 0);
    }
  });
}

void weight_gradient(const ConvSizes& c, real* dy, real* x, const GradSlot& dW) {
  if (direct_weight_is_faster(c)) return direct_weight_gradient(c, dy, x, dW);
  // Sums over a part of the batch: dWᵀ (K, out) per group, whose product is faster than dW's.
  const Index K = c.K(), out = c.group_out, n = parts(c);
  const Scratch<real> dWT_parts(n * dW.size);
  real* dWT = dWT_parts.data();
  for_spaces(c, c.C * product(c.padded), [=](Index part, Index first, Index last, const Space& space) {
    for (Index image = first; image < last; ++image) {  // dWᵀ += Σₙ colₙ dyₙᵀ
      real* col = make_col(c, x + image * c.x_size(), space);
      for (Index g = 0; g < c.groups; ++g) {
        multiply(columns(c, col, g), outputs(c, dy + image * c.y_size(), g).T(),
                 Matrix{dWT + part * dW.size + g * K * out, K, out}, /*beta=*/image == first ? 0 : 1);
      }
    }
  });
  accumulate(dW, [=](Index i) {  // transposed
    const Index o = i / K, from = (o / out * K + i % K) * out + o % out;
    real sum = 0;
    for (Index p = 0; p < n; ++p) sum += dWT[p * dW.size + from];
    return sum;
  });
}

void input_gradient(const ConvSizes& c, real* dy, real* W, const GradSlot& dx) {
  if (direct_input_is_faster(c)) return direct_input_gradient(c, dy, W, dx);
  for_spaces(c, /*image=*/0, [=](Index, Index first, Index last, const Space& space) {
    for (Index n = first; n < last; ++n) {  // dxₙ += col2im(Wᵀ dyₙ)
      real* dxn = dx.data + n * c.x_size();
      const bool no_col = c.pointwise();
      for (Index g = 0; g < c.groups; ++g) {
        multiply(weight(c, W, g).T(), outputs(c, dy + n * c.y_size(), g),
                 columns(c, no_col ? dxn : space.col, g), no_col ? dx.beta : 0);
      }
      if (no_col) continue;
      if (c.window.stride == Triple{1, 1, 1}) {
        col2im(c, space.col, dx.beta == 0, dxn);
      } else {
        begin_sum(dx, n * c.x_size(), (n + 1) * c.x_size());
        col2im_any(c, space.col, dxn);
      }
    }
  });
}

void bias_gradient(const ConvSizes& c, const real* dy, const GradSlot& db) {
  const Scratch<double> total =
      sums(View{c.N, c.groups * c.group_out, c.P}, [=](Index i, Index) { return double(dy[i]); });
  accumulate(db, [total = total.data()](Index o) { return total[o]; });  // db += Σₙ Σₚ dyₙₚ
}

}  // namespace

// For each image and group:   y = W col + b 1ᵀ        W (out, K)   col (K, P)   b (out)   →   y (out, P)
Tensor conv(const Tensor& x, const Tensor& W, const Tensor& b, const Sizes& stride, const Sizes& padding,
            const Sizes& dilation, Index groups) {
  const ConvSizes c = check_conv(x, W, b, stride, padding, dilation, groups);
  Tensor y(with_spatial(x, groups * c.group_out, c.window.out));
  real *px = x.data(), *pw = W.data(), *pb = b.defined() ? b.data() : nullptr, *py = y.data();
  output(c, px, pw, pb, py);
  return record(y, {x, W, b}, [c](const Tensor& y, const Tensor& x, const Tensor& W, const Tensor& b) {
    if (auto dW = W.open_grad()) weight_gradient(c, y.grad_data(), x.data(), dW);
    if (auto dx = x.open_grad()) input_gradient(c, y.grad_data(), W.data(), dx);
    if (auto db = b.open_grad()) bias_gradient(c, y.grad_data(), db);
  });
}

}}  // namespace norma
