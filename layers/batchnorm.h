// Batch Normalization (Ioffe & Szegedy 2015, arXiv 1502.03167), with the behaviour and names of
// torch.nn.BatchNorm1d, 2d and 3d.
#pragma once

#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

/// y = γ (x − μ)/√(σ² + ε) + β, one μ, σ², γ and β for each channel.
///
/// Training: μ and the *biased* σ² of the batch normalize (Algorithm 1), and the running averages follow with
/// momentum f, running ← (1 − f)·running + f·batch, by the *unbiased* variance m/(m − 1)·σ² of a channel's m
/// values (Algorithm 2). Keras and ONNX write momentum the other way round: their 0.9 is 0.1 here.
/// Inference: the running averages normalize, or the batch if none are kept or eval(Statistics::batch) was
/// called.
///
/// State: weight γ (C) = 1, bias β (C) = 0, running_mean (C) = 0, running_var (C) = 1,
/// num_batches_tracked = 0.
class BatchNorm : public ChannelNorm {
 public:
  /// Error if x has another number of channels or dimensions, or one value per channel and the batch's
  /// statistics normalize.
  Tensor forward(const Tensor& x) override { return normalized(x, /*then_relu=*/false); }
  Tensor forward_relu(const Tensor& x) override { return normalized(x, /*then_relu=*/true); }

  Tensor running_var;  // undefined unless track_running_stats

 protected:
  BatchNorm(int spatial, Index num_features, const BatchNormOptions& options);

 private:
  Tensor normalized(const Tensor& x, bool then_relu);
};

/// BatchNorm with D spatial dimensions; D = 1 also takes none.
template <int D>
struct BatchNormNd final : BatchNorm {
  /// Error unless num_features ≥ 1, eps ≥ 0 and 0 ≤ momentum ≤ 1.
  explicit BatchNormNd(Index num_features, const BatchNormOptions& options = {})
      : BatchNorm(D, num_features, options) {}
};
using BatchNorm1d = BatchNormNd<1>;  // on (N, C) or (N, C, L)
using BatchNorm2d = BatchNormNd<2>;  // on (N, C, H, W): statistics over the batch and all positions
using BatchNorm3d = BatchNormNd<3>;  // on (N, C, D, H, W)

}}  // namespace norma
