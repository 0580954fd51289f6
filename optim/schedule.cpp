#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace norma { inline namespace NORMA_BUILD {

double rate_at(const Schedule& s, double base, Index t) {
  check(s.every >= 1 && s.warmup >= 0, "schedule: ", s.every, " steps between drops and ", s.warmup,
        " steps of warm-up given, at least 1 and 0 wanted");
  double rate = base;
  if (s.decay == Decay::step) rate *= std::pow(s.factor, static_cast<double>(t / s.every));
  if (s.decay == Decay::cosine) {
    const double done = static_cast<double>(t) / static_cast<double>(std::max<Index>(s.total, 1));
    rate *= 0.5 * (1 + std::cos(std::numbers::pi * done));
  }
  if (t < s.warmup) rate *= static_cast<double>(t + 1) / static_cast<double>(s.warmup);
  return rate;
}

}}  // namespace norma
