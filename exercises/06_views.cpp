// Exercise 6: LayerNorm and GroupNorm from the same formula. 10 minutes, and no loop.
//
// All normalizers compute y = γ (x − μ)/√(σ² + ε) + β. They differ in which elements share a μ and σ², and
// which share a γ and β. Norma says that by a View (outer, kept, inner): cut the numbers of x, as they lie in
// memory, into outer · kept · inner; each of the `kept` indices has one μ, over outer and inner
// (norma/core/view.h). Batch Normalization of x (N, C, S), where S is the number of pixels, keeps the C
// channels, and γ and β follow the same view:
//
//   const View channels{N, C, S};
//   return normalize(x, channels, moments(x, channels), eps, gamma, beta, channels);
//
// moments() takes μ and σ² along a view; the last argument is the view of γ and β (norma/core/normalize.h).
// Write in the same way
//
// - layer_norm of x (N, D): one μ and σ² for each example, over its D features; a γ and β for each feature
//   (Ba et al. 2016, arXiv 1607.06450);
// - group_norm of x (N, C, S): one μ and σ² for each example and group. A group is C/groups neighbouring
//   channels, with all their pixels; a γ and β for each channel (Wu & He 2018, arXiv 1803.08494).
//
// Outer and inner may be 1. With pictures: `norma explain view`.
//
//   sh exercises/grade.sh 6
#include <norma/core/normalize.h>

#include "exercises/grade/grade.h"

using namespace norma;

/// x (N, D), gamma (D), beta (D) → y (N, D)
Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  return {};  // write it here
}

/// x (N, C, S), gamma (C), beta (C) → y (N, C, S); C is a multiple of groups
Tensor group_norm(const Tensor& x, Index groups, const Tensor& gamma, const Tensor& beta, double eps) {
  return {};  // write it here
}

int main() { return exercises::grade_views(layer_norm, group_norm); }
