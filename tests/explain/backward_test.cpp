// The lesson backward: four ways to the gradient are one.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_backward_test {

using Values = std::vector<double>;

TEST_CASE("four gradients are one") {
  const Document d = backward_lesson();
  const Numbers& differences = find(d, "max |difference|");
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(differences.at(0, j) < 1e-14);
    CHECK(differences.at(1, j) < 1e-14);
    CHECK(differences.at(2, j) < 1e-10);
    CHECK(differences.at(3, j) < 1e-14);
  }
  const Values dx = find(d, "dx, autograd").values, direct = find(d, "its direct part, dx̂/√(σ² + ε)").values;
  for (const char* name : {"dx, in stages", "dx, in one line"}) check_values(d, name, dx, 1e-14);
  check_values(d, "dx, by differences", dx, 1e-10);
  check_values(d, "dβ, autograd", {2, 2, 1}, 1e-14);
  const Values xhat = find(d, "x̂").values;
  double apart = 0;
  for (std::size_t k = 0; k < 3; ++k) {  // dx has no mean and next to nothing along x̂
    double mean = 0, along = 0;
    for (std::size_t n = 0; n < 4; ++n) {
      mean += dx[3 * n + k];
      along += dx[3 * n + k] * xhat[3 * n + k];
      apart = std::max(apart, std::abs(dx[3 * n + k] - direct[3 * n + k]));
    }
    CHECK(std::abs(mean) < 1e-14);
    CHECK(std::abs(along) < 1e-3);
  }
  CHECK(apart > 1);  // as constants, μ and σ² give another gradient
}

}  // namespace explain_backward_test
}  // namespace norma
