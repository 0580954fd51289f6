// Standardized inputs: each channel of the data with mean 0 and deviation 1 (LeCun et al. 1998, Efficient
// BackProp, §4.3), as a network's first layer, so that whatever has the network has them.
#pragma once

#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// y = (x − mean)/std with a constant mean and deviation per channel, as torchvision's Normalize. x (N, C,
/// S…), or flat (N, C·S), channel by channel. State: mean (C) = 0 and std (C) = 1, until somebody sets them.
class Standardize final : public Module {
 public:
  /// Error unless num_channels ≥ 1.
  explicit Standardize(Index num_channels);
  /// Error unless x has so many channels, or is flat and a multiple of them.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const Index num_channels;
  Tensor mean, std;
};

}}  // namespace norma
