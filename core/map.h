// The frames of operations that work element by element: value above, gradient below. Internal to core.
#pragma once

#include "core/autograd.h"
#include "core/kernels.h"

namespace norma { inline namespace NORMA_BUILD {

/// yᵢ = f(xᵢ), and backwards dxᵢ += df(dyᵢ, xᵢ, yᵢ), whichever of the three df needs.
template <class F, class Gradient>
Tensor map(const Tensor& x, const F& f, const Gradient& df) {
  Tensor y(x.shape());
  fill(y, [f, px = x.data()](Index i) { return f(px[i]); });
  return record(y, {x}, [df](const Tensor& y, const Tensor& x) {
    const real *dy = y.grad_data(), *px = x.data(), *py = y.data();
    if (auto dx = x.open_grad_in_place_of(y))
      accumulate(dx, [=](Index i) { return df(dy[i], px[i], py[i]); });
  });
}

/// yᵢ = f(aᵢ, bᵢ), and backwards daᵢ += fa(dyᵢ, aᵢ, bᵢ, yᵢ), dbᵢ += fb(dyᵢ, aᵢ, bᵢ, yᵢ). Error if the shapes
/// differ.
template <class F, class GradientA, class GradientB>
Tensor map(const char* operation, const Tensor& a, const Tensor& b, const F& f, const GradientA& fa,
           const GradientB& fb) {
  check(a.shape() == b.shape(), operation, ": shapes ", a.shape(), " and ", b.shape(), " differ");
  Tensor y(a.shape());
  fill(y, [f, pa = a.data(), pb = b.data()](Index i) { return f(pa[i], pb[i]); });
  return record(y, {a, b}, [fa, fb](const Tensor& y, const Tensor& a, const Tensor& b) {
    const real *dy = y.grad_data(), *pa = a.data(), *pb = b.data(), *py = y.data();
    if (auto da = a.open_grad()) accumulate(da, [=](Index i) { return fa(dy[i], pa[i], pb[i], py[i]); });
    if (auto db = b.open_grad_in_place_of(y))
      accumulate(db, [=](Index i) { return fb(dy[i], pa[i], pb[i], py[i]); });
  });
}

}}  // namespace norma
