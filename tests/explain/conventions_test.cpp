// The lesson conventions: one batch under the conventions of others.
#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_conventions_test {

using Values = std::vector<double>;

TEST_CASE("one batch under each") {
  const Document d = conventions_lesson();
  check_values(d, "running mean", {0.3, 0.4, 0.5, 0.03, 0.04, 0.05, 0.3, 0.4, 0.5}, 1e-6);
  check_values(d, "running variance", {1.15, 1.15, 1.15, 1.01, 1.01, 1.01, 1.1, 1.1, 1.1}, 1e-6);
  check_values(d, "running_mean", {0.3, 0.4, 0.5}, 1e-6);
  check_values(d, "running_var", {1.15, 1.15, 1.15}, 1e-6);
  Values y;
  for (const auto& [f, var, eps] : {std::array{0.1, 1.15, 1e-5}, {0.01, 1.01, 1e-3}, {0.1, 1.1, 1e-5}}) {
    for (int k = 3; k <= 5; ++k) y.push_back(k * (1 - f) / std::sqrt(var + eps));
  }
  check_values(d, "y after one batch", y, 1e-5);
  const Numbers& wrong = find(d, "running_mean after four batches");
  CHECK(wrong.at(0) == doctest::Approx(3.8367));
  CHECK(wrong.at(1) == doctest::Approx(0.9 * (18 + 1.3 + 0.08 + 0.003)));
}

}  // namespace explain_conventions_test
}  // namespace norma
