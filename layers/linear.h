// Linear: a fully connected layer.
#pragma once

#include "layers/init.h"
#include "layers/module.h"

namespace norma::inline NORMA_BUILD {

/// y = x Wᵀ + b        x (N, in)   →   y (N, out)
/// State: weight (out, in), bias (out), as torch.nn.Linear; drawn as PyTorch draws them from default_rng().
class Linear final : public Module {
 public:
  /// Error unless both sizes are at least 1.
  Linear(Index in, Index out, bool bias = true);

  /// Draws weight and bias anew; gain as in layers/init.h.
  void reset(const InitOptions& options, double gain, Rng& rng);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  Tensor weight, bias;  // bias is undefined in a layer without one
};

}  // namespace norma::inline NORMA_BUILD
