// Walks along the gradient and along directions, by hand.
#include "apps/claims/engine/walks.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/batchnorm.h"
#include "layers/linear.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_engine_walks_test {

// Logits V (w x) for one sample x = 1 of class 0, with w a number and V = (v, 0): p₁ = 1/(1 + e^{vw}) is the
// probability of the wrong class, the loss is −ln(1 − p₁), and
//     dL/dw = −p₁ v      dL/dV = (−p₁ w, p₁ w).
struct Tiny {
  Sequential net;
  Batch batch{Tensor::ones({1, 1}), Labels::from({0})};
  Tiny(double w, double v) {
    net.append(Linear(1, 1, /*bias=*/false));
    net.append(Linear(1, 2, /*bias=*/false));
    set_values(net, {w, v, 0});
  }
};

double wrong(double w, double v, double v2 = 0) { return 1 / (1 + std::exp((v - v2) * w)); }

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

TEST_CASE("the covariate shift of the second layer, by hand") {
  const double w = 1.5, v = 0.5, lr = 0.8, p = wrong(w, v);
  Tiny tiny(w, v);
  const std::vector<CovariateShift> shifts = covariate_shift(tiny.net, tiny.batch, lr);
  REQUIRE(shifts.size() == 1);  // none of the first layer
  // G = (−p w, p w), G′ the same with w moved and V where it was.
  const double w1 = w + lr * p * v, q = wrong(w1, v);
  CHECK(shifts[0].gradient == doctest::Approx(std::sqrt(2) * p * w).epsilon(1e-5));
  CHECK(shifts[0].difference == doctest::Approx(std::sqrt(2) * std::abs(p * w - q * w1)).epsilon(1e-4));
  CHECK(shifts[0].cosine == doctest::Approx(1).epsilon(1e-6));
  CHECK(values_of(tiny.net) == Vector{w, v, 0});
}

TEST_CASE("only what stands before a layer has moved, and γ and β are part of that") {
  manual_seed(5);
  Sequential net;
  net.append(Linear(3, 4));
  net.append(BatchNorm1d(4));
  net.append(Linear(4, 4));
  net.append(Linear(4, 2));
  Batch batch{Tensor(Shape{6, 3}), Labels::from({0, 1, 0, 1, 1, 0})};
  Rng rng(2);
  for (real& x : batch.x.values()) x = static_cast<real>(rng.normal());
  const Vector x = values_of(net);
  const std::vector<std::size_t> at = offsets_of(net);  // W₁ b₁ γ β W₂ b₂ W₃ b₃
  Vector g, moved;
  batch_gradient(net, batch, g);
  const std::vector<CovariateShift> shifts = covariate_shift(net, batch, 0.5);
  REQUIRE(shifts.size() == 2);
  CHECK(values_of(net) == x);
  for (std::size_t layer : {0, 1}) {
    const std::size_t first = at[4 + 2 * layer], end = at[5 + 2 * layer];
    Vector now = x;
    for (std::size_t i = 0; i < first; ++i) now[i] -= 0.5 * g[i];
    set_values(net, now);
    batch_gradient(net, batch, moved);
    double difference = 0;
    for (std::size_t i = first; i < end; ++i) difference += (g[i] - moved[i]) * (g[i] - moved[i]);
    CHECK(shifts[layer].difference == doctest::Approx(std::sqrt(difference)).epsilon(1e-5));
    CHECK(shifts[layer].cosine < 1);
    set_values(net, x);
  }
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
