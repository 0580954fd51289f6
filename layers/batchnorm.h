// Batch Normalization (Ioffe & Szegedy 2015, arXiv 1502.03167),
// with torch.nn.BatchNorm1d's, 2d's and 3d's behaviour and names.
#pragma once

#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

/// y = γ (x − μ)/√(σ² + ε) + β, one μ, σ², γ and β for each channel.
///
/// Training: μ and the *biased* σ² of the batch normalize (Algorithm 1); the running
/// averages then move by momentum f, running ← (1 − f)·running + f·batch, where the batch's
/// *unbiased* variance m/(m − 1)·σ² of a channel's m values is taken, as in Algorithm 2. Keras and ONNX write
/// momentum the other way round: their 0.9 is 0.1 here. Inference: the running averages
/// normalize, or the batch where none are kept or eval(Statistics::batch) was called.
///
/// State: weight γ (C) = 1, bias β (C) = 0, running_mean (C) = 0, running_var (C) = 1,
/// num_batches_tracked = 0.
class BatchNorm : public ChannelNorm {
 public:
  /// Error if x has another number of channels or dimensions, or
  /// batch statistics are wanted of one value a channel.
  Tensor forward(const Tensor& x) override;

  Tensor running_var;  // undefined unless track_running_stats

 protected:
  BatchNorm(const char* name, Index num_features, int min_rank, int max_rank,
            const BatchNormOptions& options);
};

/// On (N, C) or (N, C, L).
struct BatchNorm1d final : BatchNorm {
  /// Error unless num_features ≥ 1, eps ≥ 0 and 0 ≤ momentum ≤ 1.
  explicit BatchNorm1d(Index num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm1d", num_features, 2, 3, options) {}
};

/// On (N, C, H, W): statistics over the batch and all positions, as a convolution's channels want it.
struct BatchNorm2d final : BatchNorm {
  explicit BatchNorm2d(Index num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm2d", num_features, 4, 4, options) {}
};

/// On (N, C, D, H, W).
struct BatchNorm3d final : BatchNorm {
  explicit BatchNorm3d(Index num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm3d", num_features, 5, 5, options) {}
};

}}  // namespace norma
