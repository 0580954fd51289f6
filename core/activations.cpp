#include "core/kernels.h"
#include "core/ops.h"
#include "core/vector_math.h"

namespace norma { inline namespace NORMA_BUILD {

// y = max(0, x); NaN stays NaN
Tensor relu(const Tensor& x) {
  Tensor y(x.shape());
  const real* px = x.data();
  fill(y, [=](Index i) { return px[i] <= 0 ? real(0) : px[i]; });
  return record(y, {x}, [x](const Tensor& y) {
    const real *dy = y.grad_data(), *py = y.data();
    if (auto dx = x.open_grad())
      accumulate(dx, [=](Index i) { return py[i] <= 0 ? real(0) : dy[i]; });  // dx += dy [x > 0]
  });
}

// y = x where x > 0, else s x        dx += dy where x > 0, else s dy
Tensor leaky_relu(const Tensor& x, double slope) {
  Tensor y(x.shape());
  const real* px = x.data();
  const real s = static_cast<real>(slope);
  fill(y, [=](Index i) { return px[i] > 0 ? px[i] : s * px[i]; });
  return record(y, {x}, [x, s](const Tensor& y) {
    const real *dy = y.grad_data(), *px = x.data();
    if (auto dx = x.open_grad()) accumulate(dx, [=](Index i) { return px[i] > 0 ? dy[i] : s * dy[i]; });
  });
}

// y = tanh x        y' = 1 − y²
Tensor tanh(const Tensor& x) {
  Tensor y(x.shape());
  const real* px = x.data();
  fill(y, [=](Index i) { return vector_tanh(px[i]); });
  return record(y, {x}, [x](const Tensor& y) {
    const real *dy = y.grad_data(), *py = y.data();
    if (auto dx = x.open_grad())
      accumulate(dx, [=](Index i) { return dy[i] * (1 - py[i] * py[i]); });  // dx += dy (1 − y²)
  });
}

// y = 1 / (1 + e⁻ˣ)        y' = y (1 − y)
Tensor sigmoid(const Tensor& x) {
  Tensor y(x.shape());
  const real* px = x.data();
  fill(y, [=](Index i) { return vector_sigmoid(px[i]); });
  return record(y, {x}, [x](const Tensor& y) {
    const real *dy = y.grad_data(), *py = y.data();
    if (auto dx = x.open_grad())
      accumulate(dx, [=](Index i) { return dy[i] * py[i] * (1 - py[i]); });  // dx += dy y (1 − y)
  });
}

// y = m x with mᵢ = 0 with probability p, else 1/(1 − p)
Tensor dropout(const Tensor& x, double p, Rng& rng) {
  check(p >= 0 && p <= 1, "dropout: probability ", p, " given, 0 to 1 wanted");
  Tensor m(x.shape());
  const real keep = p < 1 ? static_cast<real>(1 / (1 - p)) : real(0);
  for (real& v : m.values()) v = rng.uniform() < p ? real(0) : keep;
  return mul(x, m);  // dx += dy m
}

}}  // namespace norma
