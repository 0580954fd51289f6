// The lesson covariate-shift: noise moves the inputs, and the network learns all the same.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_covariate_shift_test {

TEST_CASE("noise moves the inputs far and does no harm, and the shift is not smaller with BN") {
  const Document d = covariate_shift_lesson();
  const Numbers &accuracy = find(d, "test accuracy in percent"), &movement = find(d, "movement"),
                &cosine = find(d, "cos(G, G′)");
  REQUIRE((accuracy.height == 4 && accuracy.width == 3));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(movement.at(i, 2) > 10 * movement.at(i, 1));
    for (std::size_t j = 0; j < 3; ++j) CHECK(std::abs(cosine.at(i, j)) <= 1);
  }
  CHECK(accuracy.at(3, 1) > 80);
  CHECK(accuracy.at(3, 2) > accuracy.at(3, 1) - 3);
  CHECK(accuracy.at(1, 0) < accuracy.at(1, 1));
  CHECK(cosine.at(0, 0) > 0.99);             // on its plateau nothing shifts
  CHECK(cosine.at(0, 1) < cosine.at(0, 0));  // where BN learns already, it does
  CHECK(cosine.at(2, 0) < 0.9);              // as in the plain network once that learns
}

}  // namespace explain_covariate_shift_test
}  // namespace norma
