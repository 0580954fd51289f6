// The sharpness of a loss: how curved it is in its steepest direction. Gradient descent at a rate above 2
// over it leaves the neighbourhood of where it stands (Cohen et al. 2021, Gradient Descent on Neural Networks
// Typically Occurs at the Edge of Stability, §2).
#pragma once

#include "apps/run/probe.h"

namespace norma { inline namespace NORMA_BUILD {

struct Sharpness {
  double largest = 0;    // eigenvalue λ₁ of the Gauss–Newton matrix
  int products = 0;      // of the matrix with a vector that it took
  bool settled = false;  // the last ten of them changed it by less than 1%
};

/// Of the softmax cross-entropy of `batch`, normalized by its own statistics, over all trainable values w.
/// The Hessian is G + R with G = JᵀHJ: J = ∂z/∂w of the logits z, H = ∂²L/∂z². λ₁ is G's, by power iteration;
/// R, which has the curvature of z itself, is left out. (For ReLU networks differences of gradients do not
/// give the whole Hessian: gradients jump where a ReLU begins, so the smaller the step, the larger the
/// quotient.)
///   Jv ≈ (z(w + εv) − z(w − εv)) / 2ε, which moves the logits by a hundredth of their length; Jᵀ by
///   backward().
/// A start that `seed` draws; at most 200 products. The model is left as it was, in training mode.
Sharpness sharpness(Module& model, const Batch& batch, std::uint64_t seed = 1);

}}  // namespace norma
