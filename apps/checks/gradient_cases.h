// One small example of every operation, to check its gradient on: all inputs, odd shapes, hard values.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/gradcheck.h"

namespace norma { inline namespace NORMA_BUILD {

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
std::vector<GradientCase> conv_cases();

/// Those of the normalizations: core/normalize.h, core/reparametrize.h and local_response_norm.
std::vector<GradientCase> normalization_cases();

/// Normal numbers with a gradient; those nearer to 0 than `gap` are moved away from it (for kinks).
Tensor random_leaf(const Shape& shape, std::uint64_t seed, double mean = 0, double deviation = 1,
                   double gap = 0);

}}  // namespace norma
