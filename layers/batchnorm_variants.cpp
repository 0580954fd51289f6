#include "layers/batchnorm_variants.h"

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// −running_mean, as a β without gradient
Tensor minus(const Tensor& t) {
  NoGrad guard;
  return scale(t, -1);
}

}  // namespace

MeanOnlyBatchNorm::MeanOnlyBatchNorm(Index num_features, const BatchNormOptions& o)
    : ChannelNorm("MeanOnlyBatchNorm", num_features, 2, 5, o, /*scaled=*/false) {
  track(nullptr);
}

Tensor MeanOnlyBatchNorm::forward(const Tensor& x) {
  check_input(x);
  const View view = channel_view(x);
  if (use_running()) return scale_shift(scale_shift(x, view, {}, minus(running_mean)), view, {}, bias);

  Scratch<double> mean = moments(x, view, group()).mean;
  if (const double f = count_batch(); f > 0) update_running(running_mean, f, mean);
  if (!options.statistics_gradient) {
    return normalize_by(x, view, mean, doubles(Tensor::ones({view.kept})), {}, bias);
  }
  return scale_shift(center(x, view, group()), view, {}, bias);  // y = (x − μ) + β
}

SpreadBatchNorm::SpreadBatchNorm(Index num_features, Spread norm, const BatchNormOptions& o)
    : ChannelNorm(norm == Spread::l1 ? "L1BatchNorm" : "LinfBatchNorm", num_features, 2, 5, o),
      running_spread(track("running_spread")),
      norm_(norm) {}

Tensor SpreadBatchNorm::forward(const Tensor& x) {
  check_input(x);
  const View view = channel_view(x);
  if (use_running()) {
    const Tensor centered = scale_shift(x, view, {}, minus(running_mean));
    return scale_shift(scale_shift(centered, view, reciprocal(running_spread, options.eps)), view, weight,
                       bias);
  }

  check_count(x, view, "spread");
  const Tensor centered = center(x, view, group()), s = spread(centered, view, norm_, group());
  Scratch<double> mean = moments(x, view, group()).mean, divisor = doubles(s);
  if (const double f = count_batch(); f > 0) {
    update_running(running_mean, f, mean);
    update_running(running_spread, f, divisor);
  }
  if (!options.statistics_gradient) {
    for (double& d : divisor) d += options.eps;
    return normalize_by(x, view, mean, divisor, weight, bias);
  }
  const Tensor xhat = scale_shift(centered, view, reciprocal(s, options.eps));  // (x − μ)/(s + ε)
  return scale_shift(xhat, view, weight, bias);
}

BatchNoise::BatchNoise(NoiseScope scope) : scope_(scope), rng_(default_rng().bits()) {}

Tensor BatchNoise::forward(const Tensor& x) {
  if (!training()) return scale(x, 1.125);  // E[s] = E[σᵗ]
  const View view = channel_view(x);
  Tensor m(x.shape()), s(x.shape());
  double mu = 0, sigma = 1;
  for (Index c = 0; c < view.kept; ++c) {
    if (c == 0 || scope_ == NoiseScope::unit) {
      mu = rng_.uniform(-0.5, 0.5);
      sigma = rng_.uniform(1, 1.25);
    }
    for (Index n = 0; n < view.outer; ++n) {
      const Index start = (n * view.kept + c) * view.inner;
      for (Index i = start; i < start + view.inner; ++i) {
        m[i] = static_cast<real>(rng_.uniform(mu - 0.1, mu + 0.1));
        s[i] = static_cast<real>(rng_.normal(sigma, 0.1));
      }
    }
  }
  return x * s + m;  // a ← s a + m
}

std::string BatchNoise::describe() const {
  return scope_ == NoiseScope::unit ? "BatchNoise(per unit)" : "BatchNoise(per layer)";
}

}}  // namespace norma
