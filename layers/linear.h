// Linear: a fully connected layer.
#pragma once

#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {

/// y = x Wᵀ + b        x (N, in)   →   y (N, out)
/// State: weight (out, in), bias (out), as torch.nn.Linear; drawn as PyTorch draws them from default_rng().
class Linear final : public Weighted {
 public:
  /// Error unless both sizes are at least 1.
  Linear(Index in, Index out, bool bias = true);

  Tensor apply(const Tensor& x, const Tensor& weight, const Tensor& bias) const override;
  std::string describe() const override;
};

}}  // namespace norma
