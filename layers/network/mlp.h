// The multi-layer perceptron as a function of its options: a short way to the model of that name in preset.h.
#pragma once

#include "layers/network/build.h"
#include "layers/network/preset.h"

namespace norma { inline namespace NORMA_BUILD {

struct MlpOptions {
  Index inputs = 784, classes = 10;
  std::vector<Index> hidden = {100, 100, 100};
  std::string activation = "sigmoid";  // sigmoid, tanh, relu or leaky_relu
  bool batch_norm = false;
  NormPosition norm_position = NormPosition::before;
  double norm_eps = 1e-5;
  std::optional<double> norm_momentum = 0.1;  // none: cumulative average
  double dropout = 0;                         // after each hidden layer, probability of dropping
  InitOptions init = {};
};

/// For each hidden size Linear, [BatchNorm1d], Activation, [Dropout] (with NormPosition::after Linear,
/// Activation, [BatchNorm1d], [Dropout]), then a Linear to the classes: x (N, inputs) → logits (N, classes).
/// A Linear right before a BatchNorm has no bias, which subtracting the mean would cancel. Weights follow
/// from default_rng(), one stream per layer. Error on a size below 1, an unknown activation or a dropout
/// outside 0 … 1.
Sequential mlp(const MlpOptions& options);

}}  // namespace norma
