#include "core/state.h"

#include <cmath>

namespace norma { inline namespace NORMA_BUILD {

void check_finite(const std::string& what, const StateDict& state) {
  for (const StateEntry& e : state) {
    if (e.counter) continue;
    for (real x : e.tensor.values())
      check(std::isfinite(x), what, " diverged: ", e.name, " holds ", x, ", which is not finite");
  }
}

}}  // namespace norma
