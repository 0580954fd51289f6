// Walks along the gradient and along directions, by hand.
#include "apps/claims/engine/walks.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/batchnorm.h"
#include "layers/linear.h"
#include "tests/support/tiny_network.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_engine_walks_test {

TEST_CASE("along the gradient, against losses and gradients by hand") {
  const double w = 1.5, v = 0.5, p = wrong(w, v);
  Tiny tiny(w, v);
  const GradientWalk walk = walk_along_gradient(tiny.net, tiny.batch, {0.5, 2});
  CHECK(walk.loss == doctest::Approx(-std::log(1 - p)).epsilon(1e-5));
  CHECK(walk.gradient == doctest::Approx(p * std::sqrt(v * v + 2 * w * w)).epsilon(1e-5));
  REQUIRE((walk.losses.size() == 2 && walk.changes.size() == 2));
  for (int i : {0, 1}) {
    const double eta = i ? 2 : 0.5;
    const double w1 = w + eta * p * v, a = v + eta * p * w, b = -eta * p * w;  // x − ηg
    const double q = wrong(w1, a, b);
    const auto at = static_cast<std::size_t>(i);
    CHECK(walk.losses[at] == doctest::Approx(-std::log(1 - q)).epsilon(1e-5));
    const double dw = -q * (a - b) + p * v, da = -q * w1 + p * w;  // dL/dw = −q (a − b)
    CHECK(walk.changes[at] == doctest::Approx(std::sqrt(dw * dw + 2 * da * da)).epsilon(1e-4));
  }
  CHECK(values_of(tiny.net) == Vector{w, v, 0});
  CHECK(tiny.net.training());
}

TEST_CASE("a filter-normalized direction moves every filter by its own length, and nothing else") {
  manual_seed(4);
  Sequential net;
  net.append(Linear(50, 3));
  net.append(BatchNorm1d(3));
  net.append(Linear(3, 2, /*bias=*/false));
  Vector x = values_of(net);
  for (std::size_t i = 0; i < 50; ++i) x[i] *= 100;  // one filter much longer than the others
  set_values(net, x);
  x = values_of(net);
  Rng rng(1);
  const Vector d = filter_normalized_direction(net, rng), other = filter_normalized_direction(net, rng);
  REQUIRE(d.size() == x.size());
  auto part = [](const Vector& v, std::size_t begin, std::size_t n) {
    return Vector(v.begin() + static_cast<std::ptrdiff_t>(begin),
                  v.begin() + static_cast<std::ptrdiff_t>(begin + n));
  };
  for (std::size_t filter : {0, 50, 100}) {
    CHECK(norm(part(d, filter, 50)) == doctest::Approx(norm(part(x, filter, 50))).epsilon(1e-6));
    CHECK(std::abs(cosine(part(d, filter, 50), part(x, filter, 50))) < 0.6);  // random, not along the filter
    CHECK(std::abs(cosine(part(d, filter, 50), part(other, filter, 50))) < 0.6);
  }
  for (std::size_t i = 150; i < 159; ++i) CHECK(d[i] == 0);  // bias, γ, β
  for (std::size_t filter : {159, 162})
    CHECK(norm(part(d, filter, 3)) == doctest::Approx(norm(part(x, filter, 3))).epsilon(1e-6));
}

TEST_CASE("where a curve comes to a level") {
  CHECK(first_crossing({0, 1, 2}, {0, 1, 5}, 3) == 1.5);
  CHECK(first_crossing({0, 1, 2, 3}, {0, 4, 1, 9}, 2) == 0.5);  // the first time
  CHECK(first_crossing({0, 1, 2}, {0, 1, 2}, 3) == 2);          // never
  CHECK(first_crossing({0, 1}, {5, 6}, 3) == 0);
}

}  // namespace claims_engine_walks_test
}}  // namespace norma
