#include "core/state.h"

#include <cmath>

namespace norma { inline namespace NORMA_BUILD {

StateDict clone(const StateDict& state) {
  StateDict copy;
  for (const StateEntry& e : state)
    copy.push_back({e.name, e.counter ? Tensor() : e.tensor.clone(),
                    e.counter ? std::make_shared<std::int64_t>(*e.counter) : nullptr});
  return copy;
}

void check_finite(const std::string& what, const StateDict& state) {
  for (const StateEntry& e : state) {
    if (e.counter) continue;
    for (real x : e.tensor.values())
      check(std::isfinite(x), what, " diverged: ", e.name, " holds ", x, ", which is not finite");
  }
}

}}  // namespace norma
