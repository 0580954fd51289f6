// Exercise 7: a layer of your own, with its gradient: RMSNorm. 20 minutes.
//
// Zhang & Sennrich (2019, arXiv 1910.07467) leave out LayerNorm's mean. For each row of x (N, D), with ⟨t⟩
// the mean over its D elements:
//
//   r = √(⟨x²⟩ + ε)        x̂ = x/r        y = γ x̂                    γ (D)
//
// 1. Derive the gradient, as in exercise 3. You should arrive at
//
//   dγ = Σ dy x̂                   over the rows
//   dx = (dx̂ − x̂ ⟨dx̂ x̂⟩)/r        with dx̂ = γ dy
//
// 2. Write rms_norm. It computes y, and returns record(y, {x, gamma}, function); autograd calls the function
//    once dy is complete. Its frame, for y = γ x and without dγ:
//
//   return record(y, {x, gamma}, [](const Tensor& y, const Tensor& x, const Tensor& gamma) {
//     const real* dy = y.grad_data();
//     const GradSlot dx = x.open_grad();                          // false: x needs no gradient
//     for (Index i = 0; i < x.size(); ++i) {
//       const real d = gamma[i % gamma.size()] * dy[i];
//       if (dx) dx.data[i] = dx.beta == 0 ? d : dx.data[i] + d;   // beta is 0: the first to write here
//     }
//   });
//
//    The function sees what it is given and what it captures, say [eps]. It must not capture y.
// 3. Make it a layer: RmsNorm holds γ as a parameter of ones and calls rms_norm. Linear and Batch
//    Normalization are made in the same way (norma/layers/module.h).
//
// The grader compares your gradient with finite differences. A complete layer of that kind is in
// examples/custom_layer.cpp. How autograd works: docs/tour.md, stop 2; how a gradient is derived:
// `norma explain backward`.
//
//   sh exercises/grade.sh 7
#include <norma/core/autograd.h>

#include <cmath>

#include "exercises/grade/grade.h"

using namespace norma;

/// x (N, D), gamma (D) → y (N, D); gradients reach x and gamma
Tensor rms_norm(const Tensor& x, const Tensor& gamma, double eps) {
  return {};  // write it here
}

/// rms_norm with a trained γ (features) and ε = 1e-5.
class RmsNorm final : public Module {
 public:
  explicit RmsNorm(Index features) {
    // write it here: parameter("weight", …) registers a tensor as trained, and returns it
  }
  Tensor forward(const Tensor& x) override {
    return {};  // write it here
  }
  std::string describe() const override { return "RmsNorm()"; }
};

int main() {
  return exercises::grade_layer(rms_norm, [](Index features) { return std::make_unique<RmsNorm>(features); });
}
