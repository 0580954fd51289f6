// The lesson variance: the short formula fails in float.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_variance_test {

TEST_CASE("the short formula fails in float, the library does not") {
  const Document d = variance_lesson();
  const Numbers &variance = find(d, "σ²"), &xhat = find(d, "x̂");
  const double true_variance = 2.5 / (128 * 128);
  bool negative = false;
  for (std::size_t i = 0; i < variance.height; ++i) {
    CHECK(variance.at(i, 0) == true_variance);
    CHECK(variance.at(i, 3) == true_variance);
    if (i >= 2) CHECK(std::abs(variance.at(i, 1) - true_variance) > 0.5 * true_variance);
    negative = negative || variance.at(i, 1) < 0;
    CHECK(xhat.at(i, 2) == xhat.at(i, 0));
    CHECK(std::isnan(xhat.at(i, 1)) == (variance.at(i, 1) + 1e-5 < 0));
  }
  CHECK(negative);
  CHECK(variance.at(5, 2) == doctest::Approx(true_variance).epsilon(1e-4));
  CHECK(std::abs(variance.at(6, 2) - true_variance) > 0.2 * true_variance);
}

}  // namespace explain_variance_test
}  // namespace norma
