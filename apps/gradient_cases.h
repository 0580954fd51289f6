// One small example of every operation, to check its gradient on: all inputs, odd shapes, hard values.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/gradcheck.h"

namespace norma::inline NORMA_BUILD {

struct GradientCase {
  std::string name;                                           // "linear (3, 4) → 2, no bias"
  std::vector<Tensor> inputs;                                 // those that require a gradient are checked
  std::function<Tensor(const std::vector<Tensor>&)> compute;  // the operation
  double step = 1e-4;                                         // of the finite difference
  double tolerance = 1e-7;  // of the worst error, relative to the largest gradient
};

/// Every operation of core.
std::vector<GradientCase> gradient_cases();

/// The part of them that is core/conv.h and core/pooling.h.
void append_conv_cases(std::vector<GradientCase>& cases);

}  // namespace norma::inline NORMA_BUILD
