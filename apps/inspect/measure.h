// What can be seen inside a network: what its activations take and give, how its gradients and weights are
// spread, how far its running statistics are from a batch's. Numbers only; how they look is said elsewhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/inspect/summary.h"
#include "data/loader.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// An activation in inference mode, over all samples. A unit is an element of (N, D), a channel of (N, C,
/// S…).
struct ActivationInspection {
  Summary input, output;
  Index units = 0;
  double unit_deviation = 0;  // of a unit's inputs over the samples (and positions): the median unit's

  // Of sigmoid and tanh, which have limits: within 1% of their range's width of one is saturated, so below
  // 0.01 or above 0.99 for sigmoid, beyond ±0.98 for tanh.
  bool has_limits = false;
  double saturated = 0;       // share of the outputs
  Index saturated_units = 0;  // at every sample
  // Whose outputs have a standard deviation below 1% of the range: they say the same of every sample.
  Index still_units = 0;

  // Of ReLU.
  bool has_zero = false;
  double zeros = 0;      // share of the outputs
  Index dead_units = 0;  // 0 at every sample, and so without a gradient
};

/// Running averages of a BatchNorm, or one of its relatives, against a batch's own statistics, channel by
/// channel. Channels whose batch deviation is 0 are left out.
struct StatisticsInspection {
  double mean_median = 0, mean_largest = 0;  // |running mean − batch mean| in deviations of the batch
  // running variance / unbiased variance of the batch; for relatives that average another measure of spread,
  // the square of running spread / the batch's. NaN for those that average none.
  double ratio_least = 0, ratio_median = 0, ratio_greatest = 0;
  Index channels = 0;
};

/// A trainable tensor, and its gradient for one batch.
struct ParameterInspection {
  std::string name;  // in its layer: "weight"
  Shape shape;
  Summary values;
  double median = 0;
  Summary gradient = {};
  /// ‖ηg‖/‖w‖: what a step of plain SGD at rate η moves the weights by, relative to their size. NaN if w is
  /// 0.
  double update = 0;
};

struct LayerInspection {
  std::string name;      // as in the state dict: "5.main.0"
  std::string describe;  // "Linear(784, 100)"
  Shape output;          // of one sample
  bool weighted = false;
  std::optional<ActivationInspection> activation = {};
  std::optional<StatisticsInspection> statistics = {};
  std::vector<ParameterInspection> parameters = {};
};

struct Inspection {
  Index samples = 0;                     // the activations were seen over
  Index batch_size = 0;                  // of the batch of gradients and statistics
  double rate = 0;                       // η of the updates
  double loss = 0;                       // of the batch, in training mode
  double gradient = 0;                   // ‖g‖ over all parameters
  std::optional<double> sharpness = {};  // λ₁, the sharpness of the loss, if it was asked for
  std::vector<LayerInspection> layers = {};
};

struct InspectionOptions {
  Index samples = 1000;    // of `data`, for the activations
  std::uint64_t seed = 1;  // that draws them
  double rate = 0.1;
  double label_smoothing = 0;
  BatchFormat format{};
};

/// Looks into a model: activations over samples of `data` in inference mode, the rest for `batch` in training
/// mode. The model is the same afterwards, in training mode. Error that names the layer if a number is not
/// finite, or if there are not so many samples.
Inspection inspect(Module& model, const Dataset& data, const Batch& batch, const InspectionOptions& options);

}}  // namespace norma
