// The frame of every operation y = f(x) that works element by element. Internal to core.
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
    if (auto dx = x.open_grad()) accumulate(dx, [=](Index i) { return df(dy[i], px[i], py[i]); });
  });
}

}}  // namespace norma
