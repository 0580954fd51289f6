// The lesson batch-size: noise as derived, nothing from a batch of two, zeros from one.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_batch_size_test {

using Values = std::vector<double>;

TEST_CASE("the noise of 2,000 batches is what is derived") {
  const Document d = batch_size_lesson();
  const Numbers &mean = find(d, "std(μ)"), &variance = find(d, "mean(σ²)"), &spread = find(d, "std(σ²)");
  REQUIRE(mean.height == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    const double n = std::pow(2, double(i + 1));
    CHECK(mean.at(i, 0) == doctest::Approx(1 / std::sqrt(n)));
    CHECK(variance.at(i, 0) == doctest::Approx(1 - 1 / n));
    CHECK(spread.at(i, 0) == doctest::Approx(std::sqrt(2 * (n - 1)) / n));
    CHECK(mean.at(i, 1) == doctest::Approx(mean.at(i, 0)).epsilon(0.07));  // 1/√4000, four deviations
    CHECK(std::abs(variance.at(i, 1) - variance.at(i, 0)) < 4 * spread.at(i, 0) / std::sqrt(2000));
    CHECK(spread.at(i, 1) == doctest::Approx(spread.at(i, 0)).epsilon(0.15));
  }
  const Numbers& one = find(d, "x̂ of x = 1");
  CHECK(one.at(0, 1) ==
        doctest::Approx(std::sqrt(1 - one.at(0, 0) * one.at(0, 0))).epsilon(1e-9));  // ±1 only
  CHECK(one.at(7, 0) == doctest::Approx(1).epsilon(0.01));
  for (std::size_t i = 1; i < 8; ++i) CHECK(one.at(i, 1) < one.at(i - 1, 1));
}

TEST_CASE("two examples leave ±1 and no gradient, one leaves zeros") {
  const Document d = batch_size_lesson();
  const Numbers &xhat = find(d, "x̂, ε = 1e-5"), &dx = find(d, "dx"), &share = find(d, "‖σ dx‖²/‖dx̂‖²");
  const double half[] = {2.5, 0.05, -0.5};  // of the difference of the two
  const double dy[] = {0.5, 0.5, 0.5};      // half the difference of dx̂
  for (std::size_t k = 0; k < 3; ++k) {
    const double variance = half[k] * half[k], root = std::sqrt(variance + 1e-5);
    CHECK(xhat.at(1, k) == doctest::Approx(half[k] / root).epsilon(1e-12));
    CHECK(xhat.at(0, k) == doctest::Approx(-half[k] / root).epsilon(1e-12));
    // dx = (g − x̂ (x̂ g))/√(σ² + ε) with g = ±dy: what ε leaves of 1 − x̂²
    CHECK(dx.at(0, k) == doctest::Approx(dy[k] * 1e-5 / std::pow(root, 3)).epsilon(1e-9));
    CHECK(dx.at(1, k) == doctest::Approx(-dx.at(0, k)).epsilon(1e-9));
  }
  for (std::size_t i = 0; i < share.height; ++i) {
    const double n = std::pow(2, double(i + 1));
    CHECK(share.at(i, 0) == (n - 2) / n);
    CHECK(std::abs(share.at(i, 1) - share.at(i, 0)) < 0.02);
  }
  CHECK(std::abs(share.at(0, 1)) < 1e-12);
  check_values(d, "x̂ of one", {0, 0, 0}, 0);
}

}  // namespace explain_batch_size_test
}  // namespace norma
