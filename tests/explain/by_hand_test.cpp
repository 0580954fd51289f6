// The lesson by-hand: every number of the sheet, exact and published.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_by_hand_test {

using Values = std::vector<double>;

TEST_CASE("every number of the sheet, exact and published") {
  const Document d = by_hand_lesson();
  constexpr double six = 0.5000001e-6;  // decimals
  check_values(d, "x", {1, 0, 3, 0, 0, 3, 1, 1, 2, 1, 0, 2}, 0);
  check_values(d, "W", {1, 0, 1, 1, 1, 0, 0, 2, -1}, 0);
  check_values(d, "b", {0, -1, 0}, 0);
  check_values(d, "γ", {2, 3, -1}, 0);
  check_values(d, "β", {0, 0, 1}, 0);
  check_values(d, "y = linear(x, W, b)", {3, 1, 3, 2, 0, 2, 3, 0, -2, 5, 2, 0}, 0);
  check_values(d, "y = relu(x)", {3, 1, 3, 2, 0, 2, 3, 0, 0, 5, 2, 0}, 0);
  check_values(d, "sum on the sheet", {9, 5, 7}, 0);
  check_values(d, "sum", {9, 5, 7}, 0);
  check_values(d, "mean on the sheet", {2, 1, 2}, 0);
  check_values(d, "mean μ", {2.25, 1.25, 1.75}, 1e-15);
  check_values(d, "variance on the sheet", {1, 1, 4}, 0);
  check_values(d, "variance σ²", {0.6875, 1.6875, 4.1875}, 1e-15);
  check_values(d, "std on the sheet", {1, 1, 2}, 0);
  check_values(d, "std √σ²", {0.829156, 1.299038, 2.046338}, six);
  check_values(d, "x̂ on the sheet", {1, -1, 1, 0, -1, 1, 2, -1, -1, 1, 0, -1}, 0);
  check_values(d, "x̂ (ε = 0)",
               {0.904534, -1.507557, 0.904534, -0.301511, -0.962250, 0.577350, 1.347151, -0.962250, -0.855186,
                1.588203, 0.122169, -0.855186},
               six);
  check_values(d, "y on the sheet", {2, -2, 2, 0, -3, 3, 6, -3, 2, 0, 1, 2}, 0);
  check_values(d, "y (ε = 0)",
               {1.809068, -3.015113, 1.809068, -0.603023, -2.886751, 1.732051, 4.041452, -2.886751, 1.855186,
                -0.588203, 0.877831, 1.855186},
               six);
  const Values row(find(d, "y, ε = 1e-5").values.begin(), find(d, "y, ε = 1e-5").values.begin() + 4);
  const Values wanted = {1.809055, -3.015092, 1.809055, -0.603018};
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(row[i] - wanted[i]) <= six);
  const Numbers& differences = find(d, "");
  CHECK(differences.at(0) < 1e-14);
  CHECK((differences.at(1) > 1e-5 && differences.at(1) < 1e-4));
  CHECK(differences.at(2) == doctest::Approx(6 - 4.041452).epsilon(1e-6));
}

}  // namespace explain_by_hand_test
}  // namespace norma
