// Batch Normalization (Ioffe & Szegedy 2015, arXiv 1502.03167),
// with torch.nn.BatchNorm1d's behaviour and names.
#pragma once

#include <optional>

#include "layers/module.h"

namespace norma::inline NORMA_BUILD {

/// The arguments of torch.nn.BatchNorm1d, with its defaults.
struct BatchNormOptions {
  /// Added to the variance before the root.
  double eps = 1e-5;
  /// Weight of the newest batch in the running averages; none: cumulative average.
  std::optional<double> momentum = 0.1;
  /// Learnable γ (weight) and β (bias).
  bool affine = true;
  /// Keep running averages; without them the batch's statistics serve at inference too.
  bool track_running_stats = true;
};

/// y = γ (x − μ)/√(σ² + ε) + β, one μ, σ², γ and β for each channel.
///
/// Training: μ and the *biased* σ² of the batch normalize (Algorithm 1); the running
/// averages then move by momentum f, running ← (1 − f)·running + f·batch, where the batch's
/// *unbiased* variance m/(m − 1)·σ² is taken, as in Algorithm 2. Keras and ONNX write
/// momentum the other way round: their 0.9 is 0.1 here. Inference: the running averages
/// normalize, or the batch where none are kept or eval(Statistics::batch) was called.
///
/// State: weight γ (C) = 1, bias β (C) = 0, running_mean (C) = 0, running_var (C) = 1,
/// num_batches_tracked = 0.
class BatchNorm : public Module {
 public:
  /// Error if x has another number of channels or dimensions, or
  /// batch statistics are wanted of one value a channel.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const BatchNormOptions options;
  Tensor weight, bias;                                // undefined unless affine
  Tensor running_mean, running_var;                   // undefined unless track_running_stats
  std::shared_ptr<std::int64_t> num_batches_tracked;  // null unless track_running_stats

 protected:
  BatchNorm(const char* name, Index num_features, int min_rank, int max_rank,
            const BatchNormOptions& options);

 private:
  const char* name_;
  Index num_features_;
  int min_rank_, max_rank_;
};

/// On (N, C) or (N, C, L).
struct BatchNorm1d final : BatchNorm {
  /// Error unless num_features ≥ 1 and eps ≥ 0.
  explicit BatchNorm1d(Index num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm1d", num_features, 2, 3, options) {}
};

/// On (N, C, H, W).
struct BatchNorm2d final : BatchNorm {
  /// Error unless num_features ≥ 1 and eps ≥ 0.
  explicit BatchNorm2d(Index num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm2d", num_features, 4, 4, options) {}
};

/// On (N, C, D, H, W).
struct BatchNorm3d final : BatchNorm {
  /// Error unless num_features ≥ 1 and eps ≥ 0.
  explicit BatchNorm3d(Index num_features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm3d", num_features, 5, 5, options) {}
};

}  // namespace norma::inline NORMA_BUILD
