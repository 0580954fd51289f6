// BatchNorm in parts, and with something added: only the mean, another measure of spread, noise after it. All
// on x (N, C) or (N, C, S…), one number per channel.
#pragma once

#include "core/normalize_parts.h"
#include "core/random.h"
#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

/// y = x − μ + β: the companion of WeightNorm (Salimans & Kingma 2016, arXiv 1602.07868, §4). Running mean
/// and momentum as BatchNorm's. State: bias (C) = 0, running_mean (C) = 0, num_batches_tracked = 0.
class MeanOnlyBatchNorm final : public ChannelNorm {
 public:
  explicit MeanOnlyBatchNorm(Index num_features, const BatchNormOptions& options = {});
  Tensor forward(const Tensor& x) override;
};

/// y = γ (x − μ)/(s + ε) + β with s = 1/m Σ |x − μ| (l1) or max |x − μ| (linf) in place of the standard
/// deviation (after Santurkar et al. 2018, arXiv 1805.11604, §3.3, who take the norm of x before the mean is
/// subtracted). Running average of s, not of its square; momentum as BatchNorm's. State: weight, bias,
/// running_mean (C) = 0, running_spread (C) = 1, num_batches_tracked = 0.
class SpreadBatchNorm final : public ChannelNorm {
 public:
  SpreadBatchNorm(Index num_features, Spread norm, const BatchNormOptions& options = {});
  Tensor forward(const Tensor& x) override;

  Tensor running_spread;  // undefined unless track_running_stats

 private:
  Spread norm_;
};

/// What has its own mean and scale of the noise in a step: each unit (channel), or the whole layer.
enum class NoiseScope { unit, layer };

/// The noise that Santurkar et al. add after every BatchNorm to make the distributions of its outputs move
/// (2018, §2.1 and appendix A). Drawn in each training step: μᵗ ~ U(−½, ½), σᵗ ~ U(1, 1.25), and for every
/// element a m ~ U(μᵗ − 0.1, μᵗ + 0.1), s ~ N(σᵗ, 0.1), a ← s a + m. The paper does not say what happens in
/// evaluation: here a ← E[s] a.
class BatchNoise final : public Module {
 public:
  /// The stream of random numbers starts from default_rng().
  explicit BatchNoise(NoiseScope scope = NoiseScope::unit);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  Rng* random() override { return &rng_; }

 private:
  NoiseScope scope_;
  Rng rng_;
};

}}  // namespace norma
