#include <algorithm>
#include <cmath>

#include "core/autograd.h"
#include "core/kernels.h"
#include "core/normalize_parts.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// f(c, first, last) for each channel c with the window of channels [first, last) around it
template <class F>
void each_window(Index C, Index size, const F& f) {
  for (Index c = 0; c < C; ++c) {
    f(c, std::max<Index>(0, c - size / 2), std::min(C, c + (size - 1) / 2 + 1));
  }
}

// The fewest samples worth a second thread.
Index samples_a_thread(const View& v, Index size) {
  return std::max<Index>(1, elementwise_grain / (v.kept * v.inner * std::min(size, v.kept) + 1));
}

}  // namespace

// y = x t^−β  with  t = k + α/size Σ_window x²
Tensor local_response_norm(const Tensor& x, Index size, double alpha, double beta, double k) {
  check(x.rank() >= 2, "local_response_norm: expected x of shape (N, C, …), got ", x.shape());
  check(size >= 1, "local_response_norm: expected a size of at least 1, got ", size);
  const View v = channel_view(x);
  const Index C = v.kept, S = v.inner;
  const real a = static_cast<real>(alpha / double(size)), b = static_cast<real>(beta),
             k0 = static_cast<real>(k);
  Tensor t(x.shape()), y(x.shape());
  const real* px = x.data();
  real *pt = t.data(), *py = y.data();
  parallel_for(v.outer, samples_a_thread(v, size), [=](Index first, Index last) {
    for (Index n = first; n < last; ++n) {
      const Index sample = n * C * S;
      each_window(C, size, [=](Index c, Index from, Index to) {
        real* const tc = pt + sample + c * S;
        for (Index i = 0; i < S; ++i) tc[i] = k0;
        for (Index w = from; w < to; ++w) {
          const real* const xw = px + sample + w * S;
          for (Index i = 0; i < S; ++i) tc[i] += a * xw[i] * xw[i];
        }
        for (Index i = sample + c * S; i < sample + (c + 1) * S; ++i) py[i] = px[i] * std::pow(pt[i], -b);
      });
    }
  });
  return record(y, {x}, [t, v, size, a, b](const Tensor& y, const Tensor& x) {
    auto dx = x.open_grad();
    if (!dx) return;
    const Index C = v.kept, S = v.inner;
    const real *px = x.data(), *py = y.data(), *pt = t.data(), *dy = y.grad_data();
    const Scratch<real> shares(x.size());  // Σ_c dy_c y_c/t_c
    real* share = shares.data();
    parallel_for(v.outer, samples_a_thread(v, size), [=](Index first, Index last) {
      std::fill(share + first * C * S, share + last * C * S, real(0));
      for (Index n = first; n < last; ++n) {
        const Index sample = n * C * S;
        each_window(C, size, [=](Index c, Index from, Index to) {
          const Index own = sample + c * S;
          for (Index w = from; w < to; ++w) {
            real* const sw = share + sample + w * S;
            for (Index i = 0; i < S; ++i) sw[i] += dy[own + i] * py[own + i] / pt[own + i];
          }
        });
      }
    });
    // dxᵢ += dyᵢ tᵢ^−β − 2 β α/size xᵢ Σ_c dy_c y_c/t_c, over the channels c whose window holds i
    accumulate(dx, [=](Index i) { return dy[i] * std::pow(pt[i], -b) - 2 * b * a * px[i] * share[i]; });
  });
}

}}  // namespace norma
