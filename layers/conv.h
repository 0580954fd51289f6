// Conv1d, Conv2d and Conv3d: convolutional layers.
#pragma once

#include "core/window.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.Conv1d, 2d and 3d after the kernel, with their defaults.
struct ConvOptions {
  Sizes stride = 1, padding = 0, dilation = 1;
  Index groups = 1;
  bool bias = true;
};

/// y = W ⋆ x + b (core/conv.h)        x (N, in, S…)   →   y (N, out, …)
/// State: weight (out, in/groups, kernel…), bias (out), as torch.nn.Conv2d; drawn as PyTorch draws them from
/// default_rng().
class Conv : public Weighted {
 public:
  /// Error if x has another number of channels or dimensions, or is smaller than the kernel.
  Tensor apply(const Tensor& x, const Tensor& weight, const Tensor& bias) const override;
  std::string describe() const override;

  const ConvOptions options;

 protected:
  /// A layer for `spatial` dimensions. Error unless the numbers of channels are at least 1 and multiples of
  /// groups, and sizes are one or `spatial` numbers.
  Conv(int spatial, Index in_channels, Index out_channels, const Sizes& kernel, const ConvOptions& options);

 private:
  Index in_channels_;
};

/// Convolution in D spatial dimensions.
template <int D>
struct ConvNd final : Conv {
  ConvNd(Index in_channels, Index out_channels, const Sizes& kernel, const ConvOptions& options = {})
      : Conv(D, in_channels, out_channels, kernel, options) {}
};
using Conv1d = ConvNd<1>;  // on (N, C, L)
using Conv2d = ConvNd<2>;  // on (N, C, H, W)
using Conv3d = ConvNd<3>;  // on (N, C, D, H, W)

}}  // namespace norma
