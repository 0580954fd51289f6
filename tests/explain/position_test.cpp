// The lesson position: what either order gives, and which units are dead.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_position_test {

TEST_CASE("what either order gives is derived, and only before are no units dead") {
  const Document d = position_lesson();
  const Numbers& y = find(d, "y");
  const double pi = std::acos(-1), mean = 1 / std::sqrt(2 * pi), std = std::sqrt(0.5 - 1 / (2 * pi));
  const double derived[] = {mean, 0, std, 1, 0, -mean / std, 50, 50};
  for (std::size_t row = 0; row < 4; ++row) {
    for (const std::size_t after : {0u, 1u}) {
      CHECK(y.at(row, 2 * after) == doctest::Approx(derived[2 * row + after]));
      CHECK(y.at(row, 2 * after + 1) == doctest::Approx(derived[2 * row + after]).epsilon(0.01));
    }
  }
  const Numbers& dead = find(d, "dead units in percent");
  REQUIRE((dead.height == 4 && dead.width == 3));
  for (std::size_t l = 0; l < 4; ++l) {
    CHECK(dead.at(l, 0) > 10);
    CHECK(dead.at(l, 1) == 0);
    if (l > 0) CHECK(dead.at(l, 2) == 0);
  }
  CHECK(dead.at(0, 2) == dead.at(0, 0));  // the same weights: BN comes too late
  const Numbers& accuracy = find(d, "accuracy in percent");
  REQUIRE((accuracy.height == 3 && accuracy.width == 3));
  for (std::size_t i = 0; i < 3; ++i) CHECK(accuracy.at(i, 1) > 80);
  CHECK(accuracy.at(0, 0) < accuracy.at(0, 1));
  CHECK(accuracy.at(2, 0) < 50);  // a rate of 3 is too large without BN
}

}  // namespace explain_position_test
}  // namespace norma
