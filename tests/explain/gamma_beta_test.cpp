// The lesson gamma-beta: γ and β undo the normalization, set mean and deviation, and are learned as derived.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_gamma_beta_test {

using Values = std::vector<double>;

TEST_CASE("γ = √(σ² + ε) and β = μ give x back, and another batch too") {
  const Document d = gamma_beta_lesson();
  const Values x = {3, 0, 0, 1, 2, 5, 3, 3, 2, 2, 0, 0};
  check_values(d, "x", x, 0);
  check_values(d, "y", x, 1e-14);
  CHECK(find(d, "max |y − x|").at(0) < 1e-14);
  check_values(d, "β = μ", {2.25, 1.25, 1.75}, 1e-15);
  check_values(d, "γ = √(σ² + ε)", {std::sqrt(0.68751), std::sqrt(1.68751), std::sqrt(4.18751)}, 1e-15);
  const Numbers &xhat = find(d, "x̂"), &other = find(d, "another batch: 10 x + 5");
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(other.values[i] == 10 * x[i] + 5);
  CHECK(xhat.at(0, 0) == doctest::Approx(0.75 / std::sqrt(0.68751)));
  check_values(d, "its y", x, 1e-4);  // ε counts for a hundredth as much there
}

TEST_CASE("mean and deviation are β and γ, whatever x; descent is as derived; a ReLU lets Φ(β) through") {
  const Document d = gamma_beta_lesson();
  std::vector<const Numbers*> nameless;
  for (const Block& block : d.blocks) {
    if (const auto* all = std::get_if<std::vector<Numbers>>(&block); all && all->front().name.empty())
      nameless.push_back(&all->front());
  }
  REQUIRE(nameless.size() == 2);
  const Numbers &two = *nameless[0], &steps = *nameless[1];
  const double means[] = {2.25, 22.5, 102.25, 0.25}, factors[] = {1, 10, 1, 3};
  REQUIRE(two.height == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const double variance = factors[i] * factors[i] * 0.6875;
    CHECK(two.at(i, 0) == doctest::Approx(means[i]).epsilon(1e-14));
    CHECK(two.at(i, 1) == doctest::Approx(std::sqrt(variance)).epsilon(1e-12));
    CHECK(two.at(i, 2) == doctest::Approx(-1).epsilon(1e-12));
    CHECK(two.at(i, 3) == doctest::Approx(2 * std::sqrt(variance / (variance + 1e-5))).epsilon(1e-12));
  }
  REQUIRE(steps.height == 6);
  for (std::size_t i = 0; i < steps.height; ++i) {
    CHECK(steps.at(i, 0) == doctest::Approx(steps.at(i, 2)).epsilon(1e-12));
    CHECK(steps.at(i, 1) == doctest::Approx(steps.at(i, 3)).epsilon(1e-12));
  }
  CHECK(steps.at(2, 2) == 2.5);
  CHECK(steps.at(2, 3) == 3.75);
  const Numbers& on = find(d, "share of examples with the unit on, in percent");
  REQUIRE(on.height == 6);
  const double phi[] = {6.6807, 2.2750, 15.8655, 50, 84.1345, 97.7250};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(on.at(i, 0) == doctest::Approx(phi[i]).epsilon(1e-5));
    CHECK(std::abs(on.at(i, 1) - phi[i]) < 1.5);  // three deviations of 10,000 draws
  }
}

}  // namespace explain_gamma_beta_test
}  // namespace norma
