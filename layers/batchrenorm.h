// Batch Renormalization (Ioffe 2017, arXiv 1702.03275): BatchNorm whose training agrees with its inference.
#pragma once

#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

/// The paper's arguments, with its values (§3 and §4).
struct BatchRenormOptions {
  double eps = 1e-5;
  double momentum = 0.01;  // the paper's α
  double r_max = 3, d_max = 5;
  // The limits over the first steps: r_max = 1 and d_max = 0, which is BatchNorm, until step `warmup`; from
  // there they grow linearly, r_max until step r_until, d_max until step d_until.
  std::int64_t warmup = 5000, r_until = 40000, d_until = 25000;
};

/// On x (N, C) or (N, C, S…):
///
///     y = γ (r (x − μ_B)/σ_B + d) + β
///     r = clip(σ_B/σ, 1/r_max, r_max)
///     d = clip((μ_B − μ)/σ, −d_max, d_max)
///
/// Training: r and d are constants to the gradient, σ_B = √(ε + biased variance of the batch), and μ, σ are
/// running averages of μ_B and σ_B (of σ, not σ²), updated after the batch was normalized. If nothing is
/// clipped, the result is γ (x − μ)/σ + β, which is what evaluation computes: training and inference agree.
/// Under eval(Statistics::batch) it is BatchNorm: r = 1, d = 0.
///
/// State: weight, bias, running_mean (C) = 0, running_std (C) = 1, num_batches_tracked = 0, the step of the
/// schedule.
class BatchRenorm final : public ChannelNorm {
 public:
  /// Error unless num_features ≥ 1, eps ≥ 0, 0 < momentum ≤ 1, r_max ≥ 1, d_max ≥ 0 and 0 ≤ warmup ≤ r_until,
  /// d_until.
  explicit BatchRenorm(Index num_features, const BatchRenormOptions& options = {});
  /// Error as BatchNorm's.
  Tensor forward(const Tensor& x) override;

  /// The limits at step num_batches_tracked.
  struct Limits {
    double r_max, d_max;
  };
  Limits limits() const;

  const BatchRenormOptions schedule;
  Tensor running_std;
};

}}  // namespace norma
