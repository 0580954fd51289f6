#include "layers/batchnorm.h"

#include <algorithm>

#include "core/normalize.h"

namespace norma::inline NORMA_BUILD {

BatchNorm::BatchNorm(const char* name, Index num_features, int min_rank, int max_rank,
                     const BatchNormOptions& o)
    : options(o), name_(name), num_features_(num_features), min_rank_(min_rank), max_rank_(max_rank) {
  check(num_features >= 1, name, ": ", num_features, " features given, at least 1 wanted");
  check(o.eps >= 0, name, ": eps ", o.eps, " given, 0 or more wanted");
  if (o.affine) {
    weight = parameter("weight", Tensor::ones({num_features}), /*decay=*/false);
    bias = parameter("bias", Tensor::zeros({num_features}), /*decay=*/false);
  }
  if (o.track_running_stats) {
    running_mean = buffer("running_mean", Tensor::zeros({num_features}));
    running_var = buffer("running_var", Tensor::ones({num_features}));
    num_batches_tracked = counter("num_batches_tracked");
  }
}

Tensor BatchNorm::forward(const Tensor& x) {
  check(x.rank() >= min_rank_ && x.rank() <= max_rank_ && x.dim(1) == num_features_, name_, ": x ", x.shape(),
        " given, (N, ", num_features_, max_rank_ > 2 ? ", …)" : ")", " of ", min_rank_, " to ", max_rank_,
        " dimensions wanted");
  const View view = channel_view(x);

  if (running_mean.defined() && statistics() == Statistics::running) {
    Moments running{Scratch<double>(view.kept), Scratch<double>(view.kept)};
    std::copy_n(running_mean.data(), view.kept, running.mean.data());
    std::copy_n(running_var.data(), view.kept, running.variance.data());
    return normalize(x, view, std::move(running), Through::constants, options.eps, weight, bias);
  }

  check(view.count() > 1, name_, ": x ", x.shape(),
        " has one value a channel, whose variance is 0; give a batch of at least 2, or call eval()");
  Moments batch = moments(x, view);
  if (training() && running_mean.defined()) {
    const double seen = static_cast<double>(++*num_batches_tracked), f = options.momentum.value_or(1 / seen);
    const double unbiased = static_cast<double>(view.count()) / static_cast<double>(view.count() - 1);
    for (Index k = 0; k < view.kept; ++k) {
      running_mean[k] = static_cast<real>((1 - f) * running_mean[k] + f * batch.mean[k]);
      running_var[k] = static_cast<real>((1 - f) * running_var[k] + f * batch.variance[k] * unbiased);
    }
  }
  return normalize(x, view, std::move(batch), Through::statistics, options.eps, weight, bias);
}

std::string BatchNorm::describe() const {
  std::ostringstream text;
  text << name_ << '(' << num_features_;
  const BatchNormOptions usual;
  if (options.eps != usual.eps) text << ", eps=" << options.eps;
  if (!options.momentum)
    text << ", momentum=None";
  else if (options.momentum != usual.momentum)
    text << ", momentum=" << *options.momentum;
  if (!options.affine) text << ", affine=False";
  if (!options.track_running_stats) text << ", track_running_stats=False";
  text << ')';
  return text.str();
}

}  // namespace norma::inline NORMA_BUILD
