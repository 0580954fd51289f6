// Moving a model to see its loss and gradients elsewhere: along its gradient, in random directions. As in
// probe.h nothing leaves a trace: the values are put back, the running statistics stay, the mode is training.
#pragma once

#include "apps/run/probe.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {

/// A walk x − ηg along the gradient g = ∇L(x) of a batch (Santurkar et al. 2018, §3.2 and Fig. 4).
struct GradientWalk {
  double loss, gradient;  // L(x) and ‖g‖
  Vector losses;          // L(x − ηg), one per η
  Vector changes;         // ‖∇L(x − ηg) − g‖
};
GradientWalk walk_along_gradient(Module& model, const Batch& batch, const Vector& etas);

/// A random direction in which every filter w[i] of every weight moves by its own length: normal numbers,
/// each filter's scaled to ‖w[i]‖; 0 for biases, γ and β (Li et al. 2018, §4).
Vector filter_normalized_direction(const Module& model, Rng& rng);

/// Where a curve first comes to `level`, linear between its points; the last x if it never does.
double first_crossing(const Vector& x, const Vector& y, double level);

}}  // namespace norma
