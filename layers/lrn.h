// Local Response Normalization (Krizhevsky, Sutskever & Hinton 2012, §3.3), with torch.nn.LocalResponseNorm's
// behaviour.
#pragma once

#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.LocalResponseNorm, with its defaults.
struct LocalResponseNormOptions {
  double alpha = 1e-4, beta = 0.75, k = 1;
};

/// y = x / (k + α/size Σ x²)^β, the sum over the `size` channels around each channel, at the same position;
/// those that do not exist count as 0. x (N, C, S…), of any rank from 2. No state; the same in training and
/// evaluation.
class LocalResponseNorm final : public Module {
 public:
  /// Error unless size ≥ 1.
  explicit LocalResponseNorm(Index size, const LocalResponseNormOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const Index size;
  const LocalResponseNormOptions options;
};

}}  // namespace norma
