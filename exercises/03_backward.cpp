// Exercise 3: the backward of Batch Normalization in one line. 20 minutes, with pencil and paper.
//
// What is ∂L/∂x? An x reaches the loss in three ways: by its own x̂; by the mean μ, which is subtracted from
// all m examples of its feature; and by the variance σ², which divides them all. Write σ for √(σ² + ε):
//
//   ∂x̂ₚ/∂xᵢ = ([p = i] − 1/m − x̂ᵢ x̂ₚ/m)/σ        i and p: two examples of one feature
//
// 1. Derive that. You need ∂μ/∂xᵢ = 1/m and ∂σ²/∂xᵢ = 2 (xᵢ − μ)/m.
// 2. By the chain rule dxᵢ = Σₚ γ dyₚ ∂x̂ₚ/∂xᵢ. Sum it up. With ⟨t⟩ = 1/m Σ t, the mean over the batch:
//
//   dx = γ/σ (dy − ⟨dy⟩ − x̂ ⟨dy x̂⟩)
//
// 3. Write bn_backward: for each feature first the two means, then the line.
//
// A question to end with: what is Σ dx over the batch, and why must it be?
//
// In the paper: the equations of §3, four steps to dx instead of one line. With numbers, in stages and in one
// line: `norma explain backward`.
//
//   sh exercises/grade.sh 3
#include <cmath>

#include "exercises/grade/grade.h"

using namespace norma;

/// x (N, C), gamma (C), dy (N, C) → dx (N, C)
Tensor bn_backward(const Tensor& x, const Tensor& gamma, const Tensor& dy, double eps) {
  return {};  // write it here
}

int main() { return exercises::grade_backward(bn_backward); }
