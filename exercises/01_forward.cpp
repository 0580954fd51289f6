// Exercise 1: the forward of Batch Normalization in training. 15 minutes.
//
// A batch x has N rows, the examples, and C columns, the features. Each feature is normalized by itself, over
// the N examples (Ioffe & Szegedy 2015, arXiv 1502.03167, Algorithm 1). For one feature, with m = N:
//
//   μ  = 1/m Σ x                  the mean of the batch
//   σ² = 1/m Σ (x − μ)²           its biased variance
//   x̂  = (x − μ)/√(σ² + ε)
//   y  = γ x̂ + β
//
// Write bn_forward. What you need to know of a Tensor: x.dim(0) is N and x.dim(1) is C. x[i] is number i in
// memory, row by row, so feature k of example n is x[n * C + k]. Tensor y(x.shape()) has the same shape and
// no values yet, y[i] = … sets them. `real` is float: sum in double, and convert by static_cast<real>(…).
//
// It is explained with numbers by `norma explain by-hand`.
//
//   sh exercises/grade.sh 1
#include <cmath>

#include "exercises/grade/grade.h"

using namespace norma;

/// x (N, C), gamma (C), beta (C) → y (N, C)
Tensor bn_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  return {};  // write it here
}

int main() { return exercises::grade_forward(bn_forward); }
