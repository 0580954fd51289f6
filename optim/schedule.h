// Learning-rate schedules: the rate as a function of the step. One row each, which is all that other code
// knows of them.
#pragma once

#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct Schedule;

/// A schedule that a user can name.
struct ScheduleRow {
  const char* name;                                     // what --schedule takes
  std::vector<const char*> options;                     // those of the command line that this schedule takes
  double (*factor)(const Schedule& schedule, Index t);  // on the base rate at step t
  bool of_total = false;                                // which depends on the number of steps in all
};

/// constant; step: multiplied by `drop` after each `every` steps; cosine: ½(1 + cos(πt/T)) (Loshchilov &
/// Hutter 2017). In the order of the help; the first is the default.
const std::vector<ScheduleRow>& schedules();

/// A rate as a function of the step.
struct Schedule {
  const ScheduleRow* row = &schedules().front();
  Index total = 1;    // steps in all, T
  Index every = 1;    // step: steps between two drops
  double drop = 0.1;  // step: factor of each
  Index warmup = 0;   // first this many steps: linear from base/warmup up to the schedule's rate
};

/// The rate of step t = 0, 1, …, total − 1. Error unless every ≥ 1 and warmup ≥ 0.
double rate_at(const Schedule& schedule, double base, Index t);

}}  // namespace norma
