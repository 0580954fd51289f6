// Exercise 2: the gradients of γ and β. 10 minutes.
//
// Backpropagation hands the layer dy = ∂L/∂y, of the shape of y, and wants ∂L/∂γ and ∂L/∂β. From exercise 1:
//
//   y = γ x̂ + β,  with  x̂ = (x − μ)/√(σ² + ε)
//
// One γ and one β serve all N examples of their feature, so by the chain rule each collects a sum over these:
//
//   dγ = Σ dy ∂y/∂γ        dβ = Σ dy ∂y/∂β
//
// Find the two derivatives and write bn_affine_gradients. You get x, not x̂: compute that again, as in
// exercise 1 (the engine does, too: an x̂ that is kept takes memory in every layer). Tensor::zeros({C}) is a
// tensor of C zeros.
//
// In the paper: the last two equations of §3. With numbers: `norma explain backward`.
//
//   sh exercises/grade.sh 2
#include <cmath>

#include "exercises/grade/grade.h"

using namespace norma;

/// x (N, C), dy (N, C) → {dgamma (C), dbeta (C)}
std::pair<Tensor, Tensor> bn_affine_gradients(const Tensor& x, const Tensor& dy, double eps) {
  return {};  // write it here: return {dgamma, dbeta};
}

int main() { return exercises::grade_affine_gradients(bn_affine_gradients); }
