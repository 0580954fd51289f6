// The running averages by the library's operations, for conventions that BatchNorm itself does not have; in
// float.
#pragma once

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {

/// running ← (1 − f)·running + f·batch
inline Tensor moved(const Tensor& running, double f, const Tensor& batch) {
  return add(scale(running, 1 - f), scale(batch, f));
}

/// Batch i of the twenty samples [k, k + 1, k + 2], k = 1 … 20: five rows, (5, 3).
inline Tensor five_samples(int i) {
  Tensor x({5, 3});
  for (Index row = 0; row < 5; ++row) {
    for (Index j = 0; j < 3; ++j) x[row * 3 + j] = static_cast<real>(5 * i + 1 + row + j);
  }
  return x;
}

}}  // namespace norma
