// Convolution as a matrix product: im2col writes, for each weight, what it meets at every output position, a row of the
// matrix col; then y = W col. One image at a time, so that col stays in the cache between writing and product.
#include "core/conv.h"

#include <climits>
#include <cstring>

#include "core/blas.h"
#include "core/kernels.h"

namespace norma::inline NORMA_BUILD {
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

// Rows are copied and added in whole pieces of 64 bytes, which are one or two instructions; what hangs over the end of
// a row must do no harm, and buffers have so much space behind them.
constexpr Index piece = 64 / sizeof(real);

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
      for (Index w = 0; w < n; w += piece) std::memcpy(col + j + w, padded + i + w, 64);
    });
  } else {
    for_col_rows(c, [=](Index i, Index j) {
      for (Index w = 0; w < n; ++w) col[j + w] = padded[i + w * stride];
    });
  }
}

// The gradient of im2col: padded += what each weight passes on from dcol
void col2im(const Conv& c, const real* dcol, real* padded) {
  const Index n = c.slide.out[2], stride = c.slide.stride[2];
  if (stride == 1) {  // 0 is added to what hangs over
    for_col_rows(c, [=](Index i, Index j) {
      for (Index w = 0; w < n; w += piece) {
        real* to = padded + i + w;
        const real* from = dcol + j + w;
        for (Index l = 0; l < piece; ++l) to[l] += w + l < n ? from[l] : real(0);
      }
    });
  } else {
    for_col_rows(c, [=](Index i, Index j) {
      for (Index w = 0; w < n; ++w) padded[i + w * stride] += dcol[j + w];
    });
  }
}

// Σ of n numbers; eight sums side by side are vector code and more exact than one.
double sum_of(const real* p, Index n) {
  double lanes[8] = {}, total = 0;
  Index i = 0;
  for (; i + 8 <= n; i += 8) {
    for (Index l = 0; l < 8; ++l) lanes[l] += p[i + l];
  }
  for (; i < n; ++i) total += p[i];
  for (double lane : lanes) total += lane;
  return total;
}

// Work space of one thread: an image with its zeros, and col.
struct Space {
  real *padded, *col;
};

// The batch in parts, as many however many threads there are: sums over a part, then over parts, are
// the same numbers with every number of threads. body(part, first image, last image, space).
constexpr Index most_parts = 8;
Index parts(const Conv& c) { return std::min(c.N, most_parts); }

template <class Body>
void for_parts(const Conv& c, const Body& body) {
  const Index workers = std::min<Index>(threads(), parts(c));
  const Index padded = c.C * product(c.padded) + piece, col = c.groups * c.K() * c.P + piece;
  Scratch<real> all(c.pointwise() ? 0 : workers * (padded + col));
  parallel_for(workers, 1, [=, space = all.data(), N = c.N, parts = parts(c)](Index begin, Index end) {
    for (Index w = begin; w < end; ++w) {
      const Space own{space + w * (padded + col), space + w * (padded + col) + padded};
      for (Index p = parts * w / workers; p < parts * (w + 1) / workers; ++p)
        body(p, N * p / parts, N * (p + 1) / parts, own);
    }
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

void zero_padded(const Conv& c, const Space& space) {
  if (!c.pointwise()) std::fill_n(space.padded, c.C * product(c.padded) + piece, real(0));
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
  check(std::max({c.K(), c.P, c.out}) <= INT_MAX, name, ": x ", x.shape(), " and W ", W.shape(),
        " are too large for BLAS");
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
    const GradSlot dx = x.grad_slot(), dW = W.grad_slot(), db = b.grad_slot();
    real *px = x.data(), *pw = W.data(), *pdy = y.grad_data();
    // Sums over a part of the batch: dWᵀ (K, out) a group, whose product is faster than dW's, and db.
    const Index dW_size = dW ? dW.size : 0, db_size = db ? db.size : 0;
    Scratch<real> dWT_parts(parts(c) * dW_size);
    Scratch<double> db_parts(parts(c) * db_size);
    real* dWT = dWT_parts.data();
    double* pdb = db_parts.data();

    for_parts(c, [=](Index part, Index first, Index last, const Space& space) {
      real* own_dWT = dWT + part * dW_size;
      double* own_db = pdb + part * db_size;
      std::fill_n(own_db, db_size, 0.0);
      for (Index n = first; n < last; ++n) {
        real* dy = pdy + n * c.y_size();
        for (Index o = 0; o < db_size; ++o) own_db[o] += sum_of(dy + o * P, P);  // db += Σₙ dy 1
      }
      zero_padded(c, space);
      for (Index n = first; dW && n < last; ++n) {  // dWᵀ += Σₙ col dyᵀ
        real *dy = pdy + n * c.y_size(), *col = make_col(c, px + n * c.x_size(), space);
        for (Index g = 0; g < groups; ++g) {
          multiply(Matrix{col + g * K * P, K, P}, Matrix{dy + g * out * P, out, P}.T(),
                   Matrix{own_dWT + g * K * out, K, out}, /*beta=*/n == first ? 0 : 1);
        }
      }
      for (Index n = first; dx && n < last; ++n) {  // dcol = Wᵀ dy, dx += col2im(dcol)
        real *dy = pdy + n * c.y_size(), *dxn = dx.data + n * c.x_size();
        const bool direct = c.pointwise();
        for (Index g = 0; g < groups; ++g) {
          multiply(Matrix{pw + g * out * K, out, K}.T(), Matrix{dy + g * out * P, out, P},
                   Matrix{(direct ? dxn : space.col) + g * K * P, K, P}, direct ? dx.beta : 0);
        }
        if (direct) continue;
        zero_padded(c, space);
        col2im(c, space.col, space.padded);
        for_pixel_rows(c, [=, row = c.slide.in[2], overwrite = dx.beta == 0](Index i, Index j) {
          const real* from = space.padded + i;
          if (overwrite)
            std::copy_n(from, row, dxn + j);
          else
            for (Index w = 0; w < row; ++w) dxn[j + w] += from[w];
        });
      }
    });

    const Index parts_ = parts(c);
    if (dW) {
      accumulate(dW, [=](Index i) {
        const Index o = i / K, from = (o / out * K + i % K) * out + o % out;
        real sum = 0;
        for (Index p = 0; p < parts_; ++p) sum += dWT[p * dW_size + from];
        return sum;
      });
    }
    if (db) {
      accumulate(db, [=](Index o) {
        double sum = 0;
        for (Index p = 0; p < parts_; ++p) sum += pdb[p * db_size + o];
        return static_cast<real>(sum);
      });
    }
  });
}

}  // namespace norma::inline NORMA_BUILD
