// What BatchNorm and its relatives share: x (N, C, S…) with one γ and one β per channel, and running averages
// of the batch's statistics. Each relative is a separate class with one forward().
#pragma once

#include <optional>

#include "core/normalize.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.BatchNorm1d, with its defaults; and one of Norma's own.
struct BatchNormOptions {
  /// Added to the variance before the root.
  double eps = 1e-5;
  /// Weight of the newest batch in the running averages; none: cumulative average.
  std::optional<double> momentum = 0.1;
  /// Learnable γ (weight) and β (bias).
  bool affine = true;
  /// Keep running averages; without them the batch's statistics serve at inference too.
  bool track_running_stats = true;
  /// Whether the gradient flows through the batch's statistics. Off, they count as constants: the scheme that
  /// §2 of Ioffe & Szegedy (2015) shows to fail.
  bool statistics_gradient = true;
};

/// A normalization of channels. Which statistics normalize, and what happens to the running averages (f: they
/// take part of the batch, count_batch(); –: they stay):
///
///                    train()                eval()       eval(Statistics::batch)
///     tracked        batch; f               running; –   batch; –
///     frozen         running; –             running; –   running; –
///     recalibrating  batch; plain mean, in every mode, frozen or not
///     not tracked    batch; there are none, in every mode
///
/// In training "batch" is all parts of a batch that share_statistics() joins.
///
/// State, as far as the options ask for it: weight γ (C) = 1, bias β (C) = 0, running averages,
/// num_batches_tracked = 0.
class ChannelNorm : public Module {
 public:
  std::string describe() const override;

  /// Freezes the running averages: they normalize in every mode, and only recalibrate() changes them.
  /// Survives train(). Error if there are none.
  void freeze_statistics(bool on = true);

  /// In training the batch's statistics are those of all parts of `group`, which must outlive their use;
  /// null: of x alone.
  void share_statistics(Group* group) { group_ = group; }

  /// Freezes γ and β: they get no gradient, so no optimizer changes them. Survives train().
  void freeze_affine(bool on = true);

  /// Starts (true) or stops (false) recomputing the running averages: from here on they are the plain mean
  /// over the batches of each forward(). Recalibration does it for a whole model.
  void recalibrate(bool on);

  const BatchNormOptions options;
  Tensor weight, bias;                                // undefined unless affine
  Tensor running_mean;                                // undefined unless track_running_stats
  std::shared_ptr<std::int64_t> num_batches_tracked;  // null unless track_running_stats

 protected:
  /// `scaled`: whether there is a γ beside β. `usual`: the layer's defaults, which describe() leaves out.
  ChannelNorm(const char* name, Index num_features, int min_rank, int max_rank,
              const BatchNormOptions& options, bool scaled = true, const BatchNormOptions& usual = {});

  /// Registers running_mean, the running average of the second statistic (variance, deviation or spread)
  /// under its key (none if null), and the counter, in PyTorch's order; returns the second. Does nothing
  /// unless track_running_stats.
  Tensor track(const char* second_key);

  /// Error if x has another number of channels or dimensions.
  void check_input(const Tensor& x) const;

  /// Error unless each channel has at least two values, here or in the group, to have a variance (or spread:
  /// `statistic`).
  void check_count(const Tensor& x, const View& view, const char* statistic = "variance") const;

  /// Whether the running averages normalize now, rather than the batch.
  bool use_running() const;

  /// Who shares the statistics of this batch, or null.
  Group* group() const { return training() && !recalibrating_ ? group_ : nullptr; }

  /// Whether the running averages are being recomputed.
  bool recalibrating() const { return recalibrating_; }

  /// Counts this batch, and returns its weight f in running ← (1 − f)·running + f·batch; 0, without counting,
  /// if the running averages stay as they are (evaluation, frozen statistics).
  double count_batch();

  /// running ← (1 − f)·running + f·factor·batch; at f = 1 what was there is not read.
  static void update_running(const Tensor& running, double f, const Scratch<double>& batch,
                             double factor = 1);

  const char* name() const { return name_; }
  Index num_features() const { return num_features_; }

 private:
  const char* name_;
  BatchNormOptions usual_;
  Index num_features_;
  int min_rank_, max_rank_;
  bool frozen_ = false, recalibrating_ = false;
  std::int64_t recalibration_batches_ = 0;
  Group* group_ = nullptr;
};

}}  // namespace norma
