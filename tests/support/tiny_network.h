// A network of three numbers, whose losses and gradients can be written down.
#pragma once

#include <cmath>

#include "apps/run/probe.h"
#include "layers/linear.h"

namespace norma { inline namespace NORMA_BUILD {

/// Logits V (w x) for one sample x = 1 of class 0, with w a number and V = (v, 0): p₁ = 1/(1 + e^{vw}) is the
/// probability of the wrong class, the loss is −ln(1 − p₁), and
///     dL/dw = −p₁ v      dL/dV = (−p₁ w, p₁ w).
struct Tiny {
  Sequential net;
  Batch batch{Tensor::ones({1, 1}), Labels::from({0})};
  Tiny(double w, double v) {
    net.append(Linear(1, 1, /*bias=*/false));
    net.append(Linear(1, 2, /*bias=*/false));
    set_values(net, {w, v, 0});
  }
};

inline double wrong(double w, double v, double v2 = 0) { return 1 / (1 + std::exp((v - v2) * w)); }

}}  // namespace norma
