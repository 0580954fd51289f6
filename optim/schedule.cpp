#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace norma { inline namespace NORMA_BUILD {

const std::vector<ScheduleRow>& schedules() {
  static const std::vector<ScheduleRow> table = {
      {"constant", {}, [](const Schedule&, Index) { return 1.0; }},
      {"step",
       {"decay-every", "decay-factor"},
       [](const Schedule& s, Index t) { return std::pow(s.drop, static_cast<double>(t / s.every)); }},
      {"cosine",
       {},
       [](const Schedule& s, Index t) {
         const double done = static_cast<double>(t) / static_cast<double>(std::max<Index>(s.total, 1));
         return 0.5 * (1 + std::cos(std::numbers::pi * done));
       },
       /*of_total=*/true}};
  return table;
}

double rate_at(const Schedule& s, double base, Index t) {
  check(s.every >= 1 && s.warmup >= 0,
        "schedule: expected at least 1 step between drops and 0 steps of warm-up, got ", s.every, " and ",
        s.warmup);
  double rate = base * s.row->factor(s, t);
  if (t < s.warmup) rate *= static_cast<double>(t + 1) / static_cast<double>(s.warmup);
  return rate;
}

}}  // namespace norma
