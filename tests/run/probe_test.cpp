// Looks at a network in training.
#include "apps/run/probe.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/batchnorm.h"
#include "layers/linear.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_probe_test {

TEST_CASE("gradients are those of the loss, and leave no trace") {
  manual_seed(3);
  Sequential net;
  net.append(Linear(4, 5));
  BatchNorm& bn = net.append(BatchNorm1d(5));
  net.append(Linear(5, 3));
  Batch batch{Tensor(Shape{6, 4}), Labels(6)};
  Rng rng(1);
  for (real& v : batch.x.values()) v = static_cast<real>(rng.normal());
  for (Index i = 0; i < 6; ++i) batch.labels[i] = static_cast<int>(i % 3);
  const Vector before = values_of(net);
  CHECK(before.size() == offsets_of(net).back());
  Vector g;
  const double loss = batch_gradient(net, batch, g);
  CHECK(loss == doctest::Approx(batch_loss(net, batch)).epsilon(1e-6));
  REQUIRE(g.size() == before.size());
  Vector direction(g.size());
  for (double& d : direction) d = rng.normal();
  const double h = 1e-2;
  set_values(net, along(before, h, direction));
  const double up = batch_loss(net, batch);
  set_values(net, along(before, -h, direction));
  const double down = batch_loss(net, batch);
  set_values(net, before);
  CHECK((up - down) / (2 * h) == doctest::Approx(dot(g, direction)).epsilon(0.01));
  CHECK(values_of(net) == before);
  CHECK(net.training());
  for (Index i = 0; i < 5; ++i) CHECK((bn.running_mean[i] == 0 && *bn.num_batches_tracked == 0));
  CHECK(cosine({1, 0}, {1, 1}) == doctest::Approx(std::sqrt(0.5)));
  CHECK(std::isnan(cosine({0, 0}, {1, 1})));
  CHECK(norm({3, 4}) == 5);
  const Tensor hidden = output_of_layer(net, 0, batch.x, Statistics::running);
  CHECK(hidden.shape() == Shape{6, 5});
}

TEST_CASE("log-spaced steps hold the first, the last, and about as many as asked for") {
  int n = 0;
  for (Index t = 0; t <= 20'000; ++t) n += log_spaced(t, 20'000, 40);
  CHECK((log_spaced(0, 20'000, 40) && log_spaced(1, 20'000, 40) && log_spaced(20'000, 20'000, 40)));
  CHECK((n >= 30 && n <= 44));
}

}  // namespace run_probe_test
}}  // namespace norma
