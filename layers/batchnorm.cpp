#include "layers/batchnorm.h"

namespace norma { inline namespace NORMA_BUILD {

namespace {
constexpr const char* names[] = {"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"};
}

BatchNorm::BatchNorm(int spatial, Index num_features, const BatchNormOptions& o)
    : ChannelNorm(names[spatial - 1], num_features, /*min_rank=*/spatial == 1 ? 2 : 2 + spatial,
                  /*max_rank=*/2 + spatial, o),
      running_var(track("running_var")) {}

Tensor BatchNorm::forward(const Tensor& x) {
  check_input(x);
  const View view = channel_view(x);
  if (use_running()) {
    return normalize(x, view, constant_moments(running_mean, running_var), GradientThrough::constants,
                     options.eps, weight, bias);
  }

  check_count(x, view);
  Moments batch = moments(x, view);
  if (const double f = next_factor(); f > 0) {
    const double m = static_cast<double>(view.count());
    move(running_mean, f, batch.mean);
    move(running_var, f, batch.variance, /*unbiased*/ m / (m - 1));
  }
  const GradientThrough through =
      options.statistics_gradient ? GradientThrough::statistics : GradientThrough::constants;
  return normalize(x, view, std::move(batch), through, options.eps, weight, bias);
}

}}  // namespace norma
