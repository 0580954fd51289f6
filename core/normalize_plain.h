// The plain definition of normalize() and its gradients.
#pragma once

#include <vector>

#include "core/view.h"

namespace norma { inline namespace NORMA_BUILD {

/// What normalize_plain computes, in the order of x's, γ's and β's elements.
struct PlainNormalization {
  std::vector<double> y, dx, dgamma, dbeta;
};

/// normalize() by x's own moments, and its gradients for a given dy, as the paper writes them: one element at
/// a time, in double, without regard to speed. The reference for the fast version.
PlainNormalization normalize_plain(const Tensor& x, const View& statistics, double eps, const Tensor& gamma,
                                   const Tensor& beta, const View& affine, const Tensor& dy);

}}  // namespace norma
