#include "apps/run/result.h"

namespace norma { inline namespace NORMA_BUILD {

std::optional<Index> RunResult::steps_to(double accuracy) const {
  for (const Evaluation& e : evaluations) {
    if (e.test.accuracy >= accuracy) return e.step;
  }
  return std::nullopt;
}

}}  // namespace norma
