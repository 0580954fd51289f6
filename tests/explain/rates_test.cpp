// The lesson rates: identities of scale invariance, and losses that a rate cannot blow up.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_rates_test {

TEST_CASE("outputs, gradients and curvatures scale as derived; weights only get longer") {
  const Document d = rates_lesson();
  std::vector<const Numbers*> tables;
  for (const Block& block : d.blocks) {
    if (const auto* all = std::get_if<std::vector<Numbers>>(&block)) tables.push_back(&all->front());
  }
  REQUIRE(tables.size() == 3);
  const Numbers &scaled = *tables[0], &longer = *tables[1], &trained = *tables[2];
  const double a[] = {0.1, 1, 10, 100};
  REQUIRE(scaled.height == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(scaled.at(i, 0) < 1e-13);
    CHECK(scaled.at(i, 2) == doctest::Approx(scaled.at(1, 1)).epsilon(1e-10));
    CHECK(scaled.at(i, 3) * a[i] * a[i] == doctest::Approx(scaled.at(1, 3)).epsilon(1e-5));
    CHECK(scaled.at(i, 4) == doctest::Approx(2 / scaled.at(i, 3)));
  }
  CHECK(std::abs(longer.at(0, 0)) > 1);      // without BN the gradient has a part along w
  CHECK(std::abs(longer.at(1, 0)) < 1e-13);  // with BN none
  CHECK(longer.at(1, 3) == doctest::Approx(longer.at(1, 2)).epsilon(1e-12));
  CHECK(longer.at(1, 3) > longer.at(1, 1));
  CHECK(longer.at(0, 3) < longer.at(0, 2));
  REQUIRE(trained.height == 6);
  double eta = 0.01;
  for (std::size_t i = 0; i < trained.height; ++i, eta *= 10) {
    CHECK((trained.at(i, 0) > 1e6) == (i >= 3));  // 10 and above blow up without BN
    CHECK(trained.at(i, 1) < 0.5);
    CHECK(trained.at(i, 3) == doctest::Approx(eta / std::pow(trained.at(i, 2), 2)));
    if (i > 0) CHECK(trained.at(i, 2) >= trained.at(i - 1, 2));
  }
}

}  // namespace explain_rates_test
}  // namespace norma
