#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

ChannelNorm::ChannelNorm(const char* name, Index num_features, int min_rank, int max_rank,
                         const BatchNormOptions& o, bool scaled, const BatchNormOptions& usual)
    : options(o),
      name_(name),
      usual_(usual),
      num_features_(num_features),
      min_rank_(min_rank),
      max_rank_(max_rank) {
  check(num_features >= 1, name, ": expected at least 1 feature, got ", num_features);
  check(o.eps >= 0, name, ": expected eps of at least 0, got ", o.eps);
  const double f = o.momentum.value_or(0);
  check(f >= 0 && f <= 1, name, ": expected a momentum between 0 and 1, or none, got ", f);
  if (o.affine) {
    if (scaled) weight = parameter("weight", Tensor::ones({num_features}), /*decay=*/false);
    bias = parameter("bias", Tensor::zeros({num_features}), /*decay=*/false);
  }
}

Tensor ChannelNorm::track(const char* second_key) {
  if (!options.track_running_stats) return {};
  running_mean = buffer("running_mean", Tensor::zeros({num_features_}));
  Tensor second = second_key ? buffer(second_key, Tensor::ones({num_features_})) : Tensor();
  num_batches_tracked = counter("num_batches_tracked");
  return second;
}

void ChannelNorm::check_input(const Tensor& x) const {
  check(x.rank() >= min_rank_ && x.rank() <= max_rank_ && x.dim(1) == num_features_, name_,
        ": expected x of shape (N, ", num_features_, max_rank_ > 2 ? ", …)" : ")", " with ", min_rank_,
        min_rank_ == max_rank_ ? "" : " to " + std::to_string(max_rank_), " dimensions, got ", x.shape());
}

void ChannelNorm::check_count(const Tensor& x, const View& view, const char* statistic) const {
  check(view.count() > 1 || group(), name_, ": expected at least 2 values per channel for a ", statistic,
        ", got ", view.count(), " in x ", x.shape(), "; use a larger batch",
        running_mean.defined() ? ", or call eval()" : "");
}

void ChannelNorm::freeze_statistics(bool on) {
  check(!on || running_mean.defined(), name_,
        ": no running statistics to freeze, track_running_stats is off");
  frozen_ = on;
}

void ChannelNorm::freeze_affine(bool on) {
  for (Tensor* t : {&weight, &bias}) {
    if (!t->defined()) continue;
    t->set_requires_grad(!on);
    t->zero_grad();
  }
}

void ChannelNorm::recalibrate(bool on) {
  if (!running_mean.defined()) return;
  recalibration_batches_ = 0;
  recalibrating_ = on;
}

bool ChannelNorm::use_running() const {
  return running_mean.defined() && !recalibrating_ && (frozen_ || statistics() == Statistics::running);
}

double ChannelNorm::count_batch() {
  if (recalibrating_) return 1 / static_cast<double>(++recalibration_batches_);
  if (!running_mean.defined() || !training() || frozen_) return 0;
  const double seen = static_cast<double>(++*num_batches_tracked);
  return options.momentum.value_or(1 / seen);
}

void ChannelNorm::update_running(const Tensor& running, double f, const Scratch<double>& batch,
                                 double factor) {
  for (Index k = 0; k < running.size(); ++k) {
    const double before = f < 1 ? (1 - f) * running[k] : 0;  // at f = 1 nothing stays, not even NaN
    running[k] = static_cast<real>(before + f * batch[k] * factor);
  }
}

std::string ChannelNorm::describe() const {
  const std::string momentum = !options.momentum ? ", momentum=None"
                               : options.momentum != usual_.momentum
                                   ? concat(", momentum=", *options.momentum)
                                   : "";
  auto flag = [](const char* name, bool on, bool usual) {
    return on == usual ? "" : concat(", ", name, '=', on ? "True" : "False");
  };
  return concat(name_, '(', num_features_, options.eps != usual_.eps ? concat(", eps=", options.eps) : "",
                momentum, flag("affine", options.affine, usual_.affine),
                flag("track_running_stats", options.track_running_stats, usual_.track_running_stats),
                flag("statistics_gradient", options.statistics_gradient, true), ')');
}

}}  // namespace norma
