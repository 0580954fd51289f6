// The lesson init: what is measured is what is derived.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_init_test {

TEST_CASE("measured is what is derived") {
  const Document d = init_lesson();
  const Numbers &derived = find(d, "std, derived, by Var(w)"), &found = find(d, "std, measured, by Var(w)");
  for (std::size_t l = 0; l < 10; ++l) {
    CHECK(derived.at(l, 0) == doctest::Approx(std::pow(16, double(l + 1))));
    CHECK(derived.at(l, 2) == doctest::Approx(std::pow(0.5, double(l) / 2)));
    CHECK(derived.at(l, 3) == doctest::Approx(std::sqrt(2)));
    for (std::size_t j = 0; j < 5; ++j)
      CHECK_MESSAGE(found.at(l, j) == doctest::Approx(derived.at(l, j)).epsilon(j == 4 ? 0.001 : 0.12),
                    "layer ", l + 1, ", ", derived.columns[j]);
  }
  const Numbers& one = find(d, "std(h)");
  for (std::size_t i = 0; i < one.height; ++i)
    CHECK(one.at(i, 1) == doctest::Approx(one.at(i, 0)).epsilon(0.02));
}

}  // namespace explain_init_test
}  // namespace norma
