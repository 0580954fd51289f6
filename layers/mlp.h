// Ready-made models.
#pragma once

#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/linear.h"

namespace norma::inline NORMA_BUILD {

enum class NormPosition { before, after };  // the activation

struct MlpOptions {
  Index inputs = 784, classes = 10;
  std::vector<Index> hidden = {100, 100, 100};
  std::string activation = "sigmoid";  // sigmoid, tanh, relu or leaky_relu
  bool batch_norm = false;
  NormPosition norm_position = NormPosition::before;
  BatchNormOptions norm;
  double dropout = 0;  // after each hidden layer, probability of dropping
  InitOptions init;
};

/// For each hidden size Linear, [BatchNorm1d], Activation, [Dropout], then a Linear to the classes:
/// x (N, inputs) → logits (N, classes). A Linear right before a BatchNorm has no bias, which the mean would
/// take away again. Weights come from default_rng().
Sequential mlp(const MlpOptions& options);

}  // namespace norma::inline NORMA_BUILD
