// Learning-rate schedules: the rate as a function of the step.
#pragma once

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// How the rate falls.
enum class Decay {
  constant,
  step,    // multiplied by `factor` after each `every` steps
  cosine,  // ½(1 + cos(πt/T)) of the base rate    (Loshchilov & Hutter 2017)
};

/// A rate as a function of the step.
struct Schedule {
  Decay decay = Decay::constant;
  Index total = 1;      // steps in all, T
  Index every = 1;      // Decay::step: steps between two drops
  double factor = 0.1;  // Decay::step
  Index warmup = 0;     // first this many steps: linear from base/warmup up to the decayed rate
};

/// The rate of step t = 0, 1, …, total − 1. Error unless every ≥ 1 and warmup ≥ 0.
double rate_at(const Schedule& schedule, double base, Index t);

}}  // namespace norma
