// How layers shift under each other, by hand.
#include "apps/run/shift.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/linear.h"
#include "tests/support/tiny_network.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_shift_test {

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

TEST_CASE("means and deviations of the inputs of all linear layers but the first, and how far they move") {
  Sequential net;
  net.append(Linear(1, 1, /*bias=*/false));
  net.append(Activation("relu"));
  net.append(Linear(1, 2, /*bias=*/false));
  set_values(net, {2, 1, 1});
  const Tensor x = Tensor::from({4, 1}, {-1, 0, 1, 4});
  const InputMoments before = input_moments(net, x);  // relu(2x) = 0, 0, 2, 8
  CHECK(before.mean == Vector{2.5});
  CHECK(before.deviation.at(0) == doctest::Approx(std::sqrt(2 * 6.25 + 0.25 + 30.25) / 2));
  set_values(net, {-2, 1, 1});
  const InputMoments after = input_moments(net, x);  // 2, 0, 0, 0
  CHECK(after.mean == Vector{0.5});
  CHECK(movement(before, after) == doctest::Approx(2 / before.deviation[0]));
  CHECK(movement(before, before) == 0);
  CHECK(net.training());
}

TEST_CASE("noise is part of the inputs, and its stream and the running statistics stay") {
  manual_seed(3);
  Sequential net;
  net.append(Linear(2, 3));
  const BatchNorm1d& norm_layer = net.append(BatchNorm1d(3));
  BatchNoise& noise = net.append(BatchNoise());
  net.append(Linear(3, 2));
  const Tensor x = Tensor::from({3, 2}, {1, 2, -1, 0, 3, 1});
  const auto words = noise.random()->words();
  const InputMoments inputs = input_moments(net, x);
  CHECK(noise.random()->words() == words);
  CHECK(inputs.mean == input_moments(net, x).mean);
  CHECK(std::abs(inputs.mean.at(0)) > 1e-3);  // without noise it would be 0
  CHECK(norm_layer.running_mean[0] == 0);
}

}  // namespace run_shift_test
}}  // namespace norma
