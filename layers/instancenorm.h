// Instance Normalization (Ulyanov, Vedaldi & Lempitsky 2016, arXiv 1607.08022), with
// torch.nn.InstanceNorm1d's, 2d's and 3d's behaviour and names.
#pragma once

#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.InstanceNorm1d, 2d and 3d, with their defaults: BatchNorm's, but no γ, β and no
/// running averages.
struct InstanceNormOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  // none: the running averages stay as they are
  bool affine = false;
  bool track_running_stats = false;
};

/// y = γ (x − μ)/√(σ² + ε) + β with one mean and biased variance for each sample and channel of x (N, C, S…),
/// over its positions. With track_running_stats the mean over the samples of μ and of the unbiased σ² moves
/// running averages, which normalize in evaluation. State as BatchNorm's; num_batches_tracked stays 0, as in
/// PyTorch.
class InstanceNorm : public ChannelNorm {
 public:
  /// Error if x has another number of channels or dimensions, or, if its own statistics normalize, one
  /// position, whose variance is 0.
  Tensor forward(const Tensor& x) override;

  Tensor running_var;  // undefined unless track_running_stats

 protected:
  InstanceNorm(int spatial, Index num_features, const InstanceNormOptions& options);
};

/// InstanceNorm of D spatial dimensions.
template <int D>
struct InstanceNormNd final : InstanceNorm {
  /// Error unless num_features ≥ 1, eps ≥ 0 and 0 ≤ momentum ≤ 1.
  explicit InstanceNormNd(Index num_features, const InstanceNormOptions& options = {})
      : InstanceNorm(D, num_features, options) {}
};
using InstanceNorm1d = InstanceNormNd<1>;  // on (N, C, L)
using InstanceNorm2d = InstanceNormNd<2>;  // on (N, C, H, W)
using InstanceNorm3d = InstanceNormNd<3>;  // on (N, C, D, H, W)

}}  // namespace norma
