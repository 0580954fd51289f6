#include "core/map.h"
#include "core/ops.h"
#include "core/vector_math.h"

namespace norma { inline namespace NORMA_BUILD {

// y = max(0, x); NaN stays NaN
Tensor relu(const Tensor& x) {
  return map(
      x, [](real x) { return x <= 0 ? real(0) : x; },
      [](real dy, real, real y) { return y <= 0 ? real(0) : dy; });  // dx += dy [x > 0]
}

// y = x where x > 0, else s x        dx += dy where x > 0, else s dy
Tensor leaky_relu(const Tensor& x, double slope) {
  const real s = static_cast<real>(slope);
  return map(
      x, [s](real x) { return x > 0 ? x : s * x; },
      [s](real dy, real x, real) { return x > 0 ? dy : s * dy; });
}

// y = tanh x        y' = 1 − y²
Tensor tanh(const Tensor& x) {
  return map(
      x, [](real x) { return vector_tanh(x); },
      [](real dy, real, real y) { return dy * (1 - y * y); });  // dx += dy (1 − y²)
}

// y = 1 / (1 + e⁻ˣ)        y' = y (1 − y)
Tensor sigmoid(const Tensor& x) {
  return map(
      x, [](real x) { return vector_sigmoid(x); },
      [](real dy, real, real y) { return dy * y * (1 - y); });  // dx += dy y (1 − y)
}

// y = m x with mᵢ = 0 with probability p, else 1/(1 − p)
Tensor dropout(const Tensor& x, double p, Rng& rng) {
  check(p >= 0 && p <= 1, "dropout: expected a probability between 0 and 1, got ", p);
  Tensor m(x.shape());
  const real keep = p < 1 ? static_cast<real>(1 / (1 - p)) : real(0);
  for (real& v : m.values()) v = rng.uniform() < p ? real(0) : keep;
  return mul(x, m);  // dx += dy m
}

}}  // namespace norma
