// Group Normalization (Wu & He 2018, arXiv 1803.08494), with torch.nn.GroupNorm's behaviour and names.
#pragma once

#include "core/normalize.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.GroupNorm, with its defaults.
struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  // learnable γ (weight) and β (bias), one per channel
};

/// y = γ (x − μ)/√(σ² + ε) + β with one mean and biased variance for each sample and group of neighbouring
/// channels of x (N, C, S…), over them and all positions. One group: LayerNorm's statistics; C groups:
/// InstanceNorm. The same in training and evaluation, for any batch size; with one value per group y is β
/// (PyTorch refuses that for N = 1). State: weight γ (C) = 1, bias β (C) = 0.
class GroupNorm final : public Module {
 public:
  /// Error unless num_channels is a multiple of num_groups, both at least 1, and eps ≥ 0.
  GroupNorm(Index num_groups, Index num_channels, const GroupNormOptions& options = {});
  /// Error if x is not (N, num_channels, …).
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const GroupNormOptions options;
  const Index num_groups, num_channels;
  Tensor weight, bias;  // undefined unless affine
};

}}  // namespace norma
