// Convolution as a matrix product: im2col writes, for each weight, what it meets at every output position, a row of the
// matrix col; then y = W col. One image at a time, so that col stays in the cache between writing and product.
#include "core/conv.h"

#include <climits>

#include "core/blas.h"
#include "core/kernels.h"
#include "core/lanes.h"
#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Sizes of one convolution. The letters of the matrices, for one image and group:
//   W (out, K)   col (K, P)   y (out, P)     K = channels in · taps, P = output positions
struct Conv {
  Slide slide;
  Triple padded;                         // of an input with its zeros
  Index N, C, groups, in, out, taps, P;  // C: x's channels; in and out: channels of one group
  Index K() const { return in * taps; }
  Index x_size() const { return C * product(slide.in); }  // of one image
  Index y_size() const { return groups * out * P; }
  // A kernel of one tap that meets every pixel once: col = x.
  bool pointwise() const { return taps == 1 && slide.in == slide.out && slide.padding == Triple{0, 0, 0}; }
};

// body(i, j) for each row of outputs of each weight: i where it begins in a padded image, j where in col.
template <class Body>
void for_col_rows(const Conv& c, const Body& body) {
  const Slide& s = c.slide;
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

// body(i, j) for each row of pixels: i where it begins in a padded image, j where in the image.
template <class Body>
void for_pixel_rows(const Conv& c, const Body& body) {
  const Slide& s = c.slide;
  Index j = 0;
  for (Index channel = 0; channel < c.C; ++channel) {
    for (Index d = 0; d < s.in[0]; ++d) {
      const Index plane = channel * c.padded[0] + d + s.padding[0];
      for (Index h = 0; h < s.in[1]; ++h, j += s.in[2])
        body((plane * c.padded[1] + h + s.padding[1]) * c.padded[2] + s.padding[2], j);
    }
  }
}

// col ← what each weight meets in one padded image
void im2col(const Conv& c, const real* padded, real* col) {
  const Index n = c.slide.out[2], stride = c.slide.stride[2];
  if (stride == 1) {  // the next row overwrites what hangs over
    for_col_rows(c, [=](Index i, Index j) {
      for (Index w = 0; w < n; w += lanes) std::memcpy(col + j + w, padded + i + w, 64);
    });
  } else {
    for_col_rows(c, [=](Index i, Index j) {
      for (Index w = 0; w < n; ++w) col[j + w] = padded[i + w * stride];
    });
  }
}

// The gradient of im2col: dx += what each weight passes on from dcol. The definition, for any stride.
void col2im_any(const Conv& c, const real* dcol, real* dx) {
  const Slide& s = c.slide;
  for (Index channel = 0; channel < c.C; ++channel) {
    for (Index kd = 0; kd < s.kernel[0]; ++kd) {
      for (Index kh = 0; kh < s.kernel[1]; ++kh) {
        for (Index kw = 0; kw < s.kernel[2]; ++kw, dcol += c.P) {
          const Slide::Range D = s.inside(0, kd), H = s.inside(1, kh), W = s.inside(2, kw);
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

// The same for stride 1, from dx's side: dx(p) ← β dx(p) + Σₖ dcol(k, p + padding − k·dilation), each row of dx written
// once. Reads up to `lanes` numbers before and behind dcol, and does not use them.
void col2im(const Conv& c, const real* dcol, bool overwrite, real* dx) {
  const Slide& s = c.slide;
  Places lane;
  for (Index l = 0; l < lanes; ++l) lane[l] = static_cast<Place>(l);
  Index at = 0;
  for (Index channel = 0; channel < c.C; ++channel, dcol += c.taps * c.P) {
    for (Index d = 0; d < s.in[0]; ++d) {
      for (Index h = 0; h < s.in[1]; ++h, at += s.in[2]) {
        for (Index w = 0; w < s.in[2]; w += lanes) {
          Reals sum{}, v;
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
                std::memcpy(&v, row + ow, sizeof v);
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

// Work space of one thread: an image with its zeros, and right behind it col; each with `lanes` numbers to spare, since
// im2col writes up to so many behind col's rows, and col2im reads up to so many before (in `padded`) and behind col.
struct Space {
  real *padded, *col;
};

// The batch in parts, as many however many threads there are: sums over a part, then over parts, are
// the same numbers with every number of threads. body(part, first image, last image, space).
constexpr Index most_parts = 8;
Index parts(const Conv& c) { return std::min(c.N, most_parts); }

template <class Body>
void for_parts(const Conv& c, const Body& body) {
  const Index N = c.N, n = parts(c), padded = c.pointwise() ? 0 : c.C * product(c.padded) + lanes,
              col = c.pointwise() ? 0 : c.groups * c.K() * c.P + lanes;
  parallel_with_space(n, 1, padded + col, [=](Index begin, Index end, real* space) {
    for (Index p = begin; p < end; ++p) body(p, N * p / n, N * (p + 1) / n, Space{space, space + padded});
  });
}

// col of image x; space.padded holds 0 wherever there is padding. Returns where col stands.
real* make_col(const Conv& c, real* x, const Space& space) {
  if (c.pointwise()) return x;
  const Index row = c.slide.in[2];
  for_pixel_rows(c, [=](Index i, Index j) { std::copy_n(x + j, row, space.padded + i); });
  im2col(c, space.padded, space.col);
  return space.col;
}

// Before the first image; those that follow overwrite what the one before wrote.
void zero_padded(const Conv& c, const Space& space) {
  if (!c.pointwise()) std::fill_n(space.padded, c.C * product(c.padded) + lanes, real(0));
}

Conv check_conv(const Tensor& x, const Tensor& W, const Tensor& b, const Sizes& stride, const Sizes& padding,
                const Sizes& dilation, Index groups) {
  const OperationName name = spatial_operation("conv", x);
  check(groups >= 1, name, ": ", groups, " groups given, at least 1 wanted");
  check(W.rank() == x.rank() && W.size() > 0 && x.dim(1) == W.dim(1) * groups, name, ": x ", x.shape(),
        " does not fit W ", W.shape(), " with ", groups, groups == 1 ? " group" : " groups");
  check(W.dim(0) % groups == 0, name, ": ", groups, " groups do not divide the ", W.dim(0), " outputs of W ",
        W.shape());
  check(!b.defined() || b.shape() == Shape{W.dim(0)}, name, ": b ", b.defined() ? b.shape() : Shape(),
        " does not fit W ", W.shape());
  const Triple k = spatial_sizes(W);
  const Sizes kernel = name.spatial == 1   ? Sizes{k[2]}
                       : name.spatial == 2 ? Sizes{k[1], k[2]}
                                           : Sizes{k[0], k[1], k[2]};
  Conv c{.slide = slide(name, x, {kernel, stride, padding, dilation}),
         .padded = {},
         .N = x.dim(0),
         .C = x.dim(1),
         .groups = groups,
         .in = W.dim(1),
         .out = W.dim(0) / groups,
         .taps = product(k),
         .P = 0};
  c.P = product(c.slide.out);
  for (std::size_t i = 0; i < 3; ++i) c.padded[i] = c.slide.in[i] + 2 * c.slide.padding[i];
  check(std::max({c.K(), c.P, c.out}) <= INT_MAX && c.groups * c.K() <= Shape::max_size / c.P, name, ": x ",
        x.shape(), " and W ", W.shape(), " are too large for BLAS");
  return c;
}

}  // namespace

// For each image and group:   y = W col + b 1ᵀ        W (out, K)   col (K, P)   b (out)   →   y (out, P)
Tensor conv(const Tensor& x, const Tensor& W, const Tensor& b, const Sizes& stride, const Sizes& padding,
            const Sizes& dilation, Index groups) {
  const Conv c = check_conv(x, W, b, stride, padding, dilation, groups);
  const Index K = c.K(), P = c.P, out = c.out;
  Tensor y(with_spatial(x, groups * out, c.slide.out));
  real *px = x.data(), *pw = W.data(), *pb = b.defined() ? b.data() : nullptr, *py = y.data();
  for_parts(c, [=](Index, Index first, Index last, const Space& space) {
    zero_padded(c, space);
    for (Index n = first; n < last; ++n) {
      real *col = make_col(c, px + n * c.x_size(), space), *yn = py + n * c.y_size();
      for (Index o = 0; pb && o < groups * out; ++o) std::fill_n(yn + o * P, P, pb[o]);
      for (Index g = 0; g < groups; ++g) {
        multiply(Matrix{pw + g * out * K, out, K}, Matrix{col + g * K * P, K, P},
                 Matrix{yn + g * out * P, out, P}, /*beta=*/pb ? 1 : 0);
      }
    }
  });

  return record(y, {x, W, b}, [x, W, b, c, K, P, out, groups](const Tensor& y) {
    const GradSlot dx = x.open_grad(), dW = W.open_grad(), db = b.open_grad();
    real *px = x.data(), *pw = W.data(), *pdy = y.grad_data();
    // Sums over a part of the batch: dWᵀ (K, out) a group, whose product is faster than dW's.
    const Index dW_size = dW ? dW.size : 0;
    Scratch<real> dWT_parts(parts(c) * dW_size);
    real* dWT = dWT_parts.data();  // in the end transposed

    for_parts(c, [=](Index part, Index first, Index last, const Space& space) {
      real* own_dWT = dWT + part * dW_size;
      if (dW) zero_padded(c, space);
      for (Index n = first; dW && n < last; ++n) {  // dWᵀ += Σₙ colₙ dyₙᵀ
        real *dy = pdy + n * c.y_size(), *col = make_col(c, px + n * c.x_size(), space);
        for (Index g = 0; g < groups; ++g) {
          multiply(Matrix{col + g * K * P, K, P}, Matrix{dy + g * out * P, out, P}.T(),
                   Matrix{own_dWT + g * K * out, K, out}, /*beta=*/n == first ? 0 : 1);
        }
      }
      for (Index n = first; dx && n < last; ++n) {  // dxₙ += col2im(Wᵀ dyₙ)
        real *dy = pdy + n * c.y_size(), *dxn = dx.data + n * c.x_size();
        const bool direct = c.pointwise();
        for (Index g = 0; g < groups; ++g) {
          multiply(Matrix{pw + g * out * K, out, K}.T(), Matrix{dy + g * out * P, out, P},
                   Matrix{(direct ? dxn : space.col) + g * K * P, K, P}, direct ? dx.beta : 0);
        }
        if (direct) continue;
        if (c.slide.stride == Triple{1, 1, 1}) {
          col2im(c, space.col, dx.beta == 0, dxn);
        } else {
          if (dx.beta == 0) std::fill_n(dxn, c.x_size(), real(0));
          col2im_any(c, space.col, dxn);
        }
      }
    });

    const Index n = parts(c);
    if (dW) {
      accumulate(dW, [=](Index i) {
        const Index o = i / K, from = (o / out * K + i % K) * out + o % out;
        real sum = 0;
        for (Index p = 0; p < n; ++p) sum += dWT[p * dW_size + from];
        return sum;
      });
    }
    if (db) {  // db += Σₙ Σₚ dyₙₚ
      const View channels{c.N, groups * out, P};
      Scratch<double> sums(channels.kept);
      for_kept(channels, [=, total = sums.data()](Index first, Index last) {
        sum_runs(channels, channels, first, last, total,
                 [=](Index i, Index, Index) { return double(pdy[i]); });
      });
      accumulate(db, [total = sums.data()](Index o) { return static_cast<real>(total[o]); });
    }
  });
}

}}  // namespace norma
