// The largest eigenvalue of the Hessian, against one that is known.
#include "apps/run/sharpness.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/linear.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_sharpness_test {

// A linear layer (2 → 2) and softmax cross-entropy on one sample x with label 0: with p the probability of
// class 1 the Hessian is p(1 − p) · [1 −1; −1 1] ⊗ (x, 1)(x, 1)ᵀ, whose largest eigenvalue is 2p(1 − p)(‖x‖²
// + 1).
TEST_CASE("sharpness: softmax regression on one sample") {
  manual_seed(1);
  Sequential model;
  model.append(Linear(2, 2));
  Batch batch{Tensor(Shape{1, 2}), Labels::from({0})};
  batch.x[0] = 3;
  batch.x[1] = -1;
  Vector gradient;
  const double p = 1 - std::exp(-batch_gradient(model, batch, gradient));
  const Vector before = values_of(model);
  const Sharpness found = sharpness(model, batch);
  CHECK(found.settled);
  CHECK(found.largest == doctest::Approx(2 * p * (1 - p) * 11).epsilon(0.01));
  CHECK(values_of(model) == before);
}

// Linear layers w₁ and w₂ = (a, b) on one x: with q = (1, −1) and p the probability of class 1, H = p(1 − p)
// qqᵀ and Jᵀq = x(a − b, w₁, −w₁), so that λ₁ = p(1 − p) x² ((a − b)² + 2w₁²).
TEST_CASE("sharpness: two linear layers on one sample") {
  Sequential model;
  model.append(Linear(1, 1, false));
  model.append(Linear(1, 2, false));
  set_values(model, {0.5, 1, -1});
  Batch batch{Tensor(Shape{1, 1}), Labels::from({0})};
  batch.x[0] = 3;
  const double p = 1 / (1 + std::exp(3.0));  // z = (1.5, −1.5)
  CHECK(sharpness(model, batch).largest == doctest::Approx(p * (1 - p) * 9 * 4.5).epsilon(0.01));
}

}  // namespace run_sharpness_test
}}  // namespace norma
