#include "layers/instancenorm.h"

namespace norma { inline namespace NORMA_BUILD {

constexpr const char* names[] = {"InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"};

InstanceNorm::InstanceNorm(int spatial, Index num_features, const InstanceNormOptions& o)
    : ChannelNorm(names[spatial - 1], num_features, 2 + spatial, 2 + spatial,
                  {o.eps, o.momentum, o.affine, o.track_running_stats},
                  /*scaled=*/true, /*usual=*/{.affine = false, .track_running_stats = false}),
      running_var(track("running_var")) {}

Tensor InstanceNorm::forward(const Tensor& x) {
  check_input(x);
  const View affine = channel_view(x);
  if (use_running()) {
    return normalize(x, affine, constant_moments(running_mean, running_var), options.eps, weight, bias);
  }

  const Index N = affine.outer, C = affine.kept, S = affine.inner;
  check(S > 1, name(), ": expected at least 2 positions (the variance of one is 0), got x ", x.shape());
  const View statistics{1, N * C, S};
  Moments each = moments(x, statistics);
  double f = 0;  // weight of this batch in the running averages
  if (N > 0 && recalibrating())
    f = count_batch();
  else if (N > 0 && training() && running_mean.defined())
    f = options.momentum.value_or(0);
  if (f > 0) {
    Moments mean_of_samples{Scratch<double>(C), Scratch<double>(C)};
    for (Index c = 0; c < C; ++c) {
      double mean = 0, variance = 0;
      for (Index n = 0; n < N; ++n) mean += each.mean[n * C + c], variance += each.variance[n * C + c];
      mean_of_samples.mean[c] = mean / double(N);
      mean_of_samples.variance[c] = variance / double(N);
    }
    update_running(running_mean, f, mean_of_samples.mean);
    update_running(running_var, f, mean_of_samples.variance, /*unbiased*/ double(S) / double(S - 1));
  }
  return normalize(x, statistics, each, options.eps, weight, bias, affine);
}

}}  // namespace norma
