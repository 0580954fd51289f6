#include "layers/batchnorm.h"

namespace norma { inline namespace NORMA_BUILD {

constexpr const char* names[] = {"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"};

BatchNorm::BatchNorm(int spatial, Index num_features, const BatchNormOptions& o)
    : ChannelNorm(names[spatial - 1], num_features, /*min_rank=*/spatial == 1 ? 2 : 2 + spatial,
                  /*max_rank=*/2 + spatial, o),
      running_var(track("running_var")) {}  // and running_mean, and the counter

Tensor BatchNorm::normalized(const Tensor& x, bool then_relu) {
  check_input(x);
  const View view = channel_view(x);
  if (use_running()) {
    return normalize(x, view, constant_moments(running_mean, running_var), options.eps, weight, bias, view,
                     then_relu);
  }

  check_count(x, view);
  Moments batch = moments(x, view, group());
  if (const double f = count_batch(); f > 0) {
    const double m = batch.count;
    update_running(running_mean, f, batch.mean);
    update_running(running_var, f, batch.variance, /*unbiased*/ m / (m - 1));
  }
  batch.constant = !options.statistics_gradient;
  return normalize(x, view, batch, options.eps, weight, bias, view, then_relu);
}

}}  // namespace norma
