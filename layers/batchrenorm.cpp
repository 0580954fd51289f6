#include "layers/batchrenorm.h"

#include <algorithm>
#include <cmath>

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {

BatchRenorm::BatchRenorm(Index num_features, const BatchRenormOptions& o)
    : ChannelNorm("BatchRenorm", num_features, 2, 5, {.eps = o.eps, .momentum = o.momentum}, /*scaled=*/true,
                  /*usual=*/{.momentum = BatchRenormOptions().momentum}),
      schedule(o),
      running_std(track("running_std")) {
  check(o.momentum > 0 && o.momentum <= 1, "BatchRenorm: expected a momentum above 0 and at most 1, got ",
        o.momentum);
  check(o.r_max >= 1 && o.d_max >= 0,
        "BatchRenorm: expected r_max of at least 1 and d_max of at least 0, got ", o.r_max, " and ", o.d_max);
  check(o.warmup >= 0 && o.r_until >= o.warmup && o.d_until >= o.warmup,
        "BatchRenorm: expected steps 0 ≤ warmup ≤ r_until, d_until, got ", o.warmup, ", ", o.r_until, " and ",
        o.d_until);
}

BatchRenorm::Limits BatchRenorm::limits() const {
  const std::int64_t step = *num_batches_tracked;
  auto ramp = [&](std::int64_t until) {  // 0 up to warmup, 1 from `until` on
    if (step < schedule.warmup) return 0.0;
    return until <= step ? 1.0 : double(step - schedule.warmup) / double(until - schedule.warmup);
  };
  auto between = [](double from, double to, double t) {  // t = 0 and 1 exactly, also to infinity
    return t == 0 ? from : t == 1 ? to : from + (to - from) * t;
  };
  return {between(1, schedule.r_max, ramp(schedule.r_until)),
          between(0, schedule.d_max, ramp(schedule.d_until))};
}

Tensor BatchRenorm::forward(const Tensor& x) {
  check_input(x);
  const View view = channel_view(x);
  const Index C = view.kept;
  if (use_running()) {  // y = γ (x − μ)/σ + β
    return normalize_by(x, view, doubles(running_mean), doubles(running_std), weight, bias);
  }

  check_count(x, view);
  Moments batch = moments(x, view, group());
  const Limits limit = training() ? limits() : Limits{1, 0};
  Tensor r({C}), d({C});
  Scratch<double> std_B(C);  // σ_B = √(ε + variance)
  for (Index k = 0; k < C; ++k) {
    std_B[k] = std::sqrt(options.eps + batch.variance[k]);
    r[k] = static_cast<real>(std::clamp(std_B[k] / running_std[k], 1 / limit.r_max, limit.r_max));
    d[k] = static_cast<real>(
        std::clamp((batch.mean[k] - running_mean[k]) / running_std[k], -limit.d_max, limit.d_max));
  }
  if (const double f = count_batch(); f > 0) {
    update_running(running_mean, f, batch.mean);
    update_running(running_std, f, std_B);
  }
  // γ (r x̂ + d) + β = (γ r) x̂ + (γ d + β): BatchNorm with another γ and β
  return normalize(x, view, batch, options.eps, weight * r, weight * d + bias);
}

}}  // namespace norma
