// Whole models at work: LeNet-5, the residual network and 3-D convolutions learn; initialization from data
// does what it says in every layer.
#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/activation.h"
#include "layers/conv.h"
#include "layers/linear.h"
#include "layers/network/build.h"
#include "layers/pooling.h"
#include "layers/weight_norm.h"
#include "optim/optimizer.h"
#include "tests/support/training.h"

namespace norma { inline namespace NORMA_BUILD { namespace properties_model_training_test {

using namespace reference;

TEST_CASE("lenet learns digits in a few dozen steps, with batch normalization and without") {
  Sequential bn = ready("lenet", "batch", {1, 28, 28}), plain = ready("lenet", "none", {1, 28, 28});
  const double with = accuracy_after(bn, 80), without = accuracy_after(plain, 80);
  CHECK(with > 0.85);
  CHECK(without > 0.5);
}

TEST_CASE("resnet learns digits of half the size in a few dozen steps") {
  Sequential net = ready("resnet", "batch", {1, 28, 28}, "avgpool 2, ");
  const double reached = accuracy_after(net, 70);
  CHECK(reached > 0.8);
}

// Volumes of noise with one bright line of 6 voxels along axis k, the class.
Tensor volumes(Index n, std::uint64_t seed, Labels& labels) {
  Tensor x = random_tensor({n, 1, 6, 6, 6}, seed, 0, 0.3);
  Rng rng(seed, 1);
  labels = Labels(n);
  for (Index i = 0; i < n; ++i) {
    const Index axis = static_cast<Index>(rng.below(3)), a = static_cast<Index>(rng.below(6)),
                b = static_cast<Index>(rng.below(6));
    labels[i] = static_cast<std::int32_t>(axis);
    const Index strides[] = {36, 6, 1}, along = strides[axis], other = strides[axis == 0 ? 1 : 0],
                third = strides[axis == 2 ? 1 : 2];
    for (Index t = 0; t < 6; ++t) x[i * 216 + a * other + b * third + t * along] += 1;
  }
  return x;
}

TEST_CASE("Conv3d with BatchNorm3d learns which way a line goes through a volume") {
  Sequential net =
      made("conv 8 3, bn, relu, pool 2, conv 12 3, bn, relu, globalpool, flatten, linear 3", {1, 6, 6, 6});
  Adam adam(net.parameters(), {});
  Labels labels;
  for (std::uint64_t step = 0; step < 80; ++step) {
    const Tensor x = volumes(32, 100 + step, labels);
    adam.lr = 0.05 * (1 - double(step) / 80);
    train(net, adam, x, labels);
  }
  net.eval();
  NoGrad guard;
  const Tensor x = volumes(300, 1, labels);
  const Index right = count_correct(net(x), labels);
  CHECK(right > 270);
}

TEST_CASE(
    "initialization from data: every weight-normalized layer gives mean 0 and variance 1 on that batch") {
  Sequential net = made(
      "conv 6 3, wn, relu, pool 2, conv 4 3 nobias, wn, conv 5 3, wn, tanh, flatten, linear 7, relu, linear "
      "10, wn",
      {2, 8, 8});
  const Tensor x = random_tensor({20, 2, 8, 8}, 1, 3, 2);
  initialize_from_data(net, x);
  CHECK(net.training());
  NoGrad guard;
  Tensor y = x;
  int normalized = 0;
  for (const auto& child : net.children()) {
    y = child.module->forward(y);
    const std::string what = child.module->describe();
    if (what.find("weight_norm") == what.npos) continue;
    INFO(what);
    const Moments m = moments(y, channel_view(y));
    const bool bias = what.find("bias=False") == what.npos;
    for (Index k = 0; k < y.dim(1); ++k) {
      if (bias) CHECK(std::abs(m.mean[k]) < 100 * tolerance);
      CHECK(std::abs(m.variance[k] - 1) < 100 * tolerance);
    }
    ++normalized;
  }
  CHECK(normalized == 4);
  // Once: a second batch changes nothing, and neither does a network without weight normalization change.
  auto state = [](const Module& m) {
    std::vector<Tensor> all;
    for (const StateEntry& e : m.state_dict())
      if (!e.counter) all.push_back(e.tensor.clone());
    return all;
  };
  auto before = state(net);
  net(random_tensor({20, 2, 8, 8}, 2));
  auto after = state(net);
  CHECK(std::equal(before.begin(), before.end(), after.begin(), after.end(), same_bits));
  Sequential plain = made("conv 6 3, bn, relu, flatten, linear 10", {2, 8, 8});
  before = state(plain);
  initialize_from_data(plain, x);
  after = state(plain);
  CHECK(std::equal(before.begin(), before.end(), after.begin(), after.end(), same_bits));
}

// Volumes of noise with a brighter half: the class is 0 left, 1 right, 2 top or 3 bottom.
void draw_volumes(const Tensor& x, const Labels& labels, Rng& rng) {
  for (Index n = 0; n < x.dim(0); ++n) {
    labels[n] = static_cast<int>(rng.below(4));
    for (Index i = 0; i < 216; ++i) {
      const Index h = i / 6 % 6, w = i % 6;
      const bool bright = labels[n] == 0 ? w < 3 : labels[n] == 1 ? w >= 3 : labels[n] == 2 ? h < 3 : h >= 3;
      x[n * 216 + i] = static_cast<real>(rng.normal(bright ? 0.3 : -0.3, 1));
    }
  }
}

TEST_CASE("a net of Conv3d learns four kinds of noisy volumes") {
  manual_seed(1);
  Sequential net;  // a BatchNorm3d(8) fits after either Conv3d
  net.append(Conv3d(1, 8, 3, {.padding = 1}));
  net.append(Activation("relu"));
  net.append(MaxPool3d(2));
  net.append(Conv3d(8, 8, 3, {.padding = 1}));
  net.append(Activation("relu"));
  net.append(Flatten());
  net.append(Linear(8 * 27, 4));
  Adam adam(net.parameters(), {.lr = 0.005});
  Rng rng(2);
  Tensor x({32, 1, 6, 6, 6});
  Labels labels(32);
  for (int step = 0; step < 60; ++step) {
    draw_volumes(x, labels, rng);
    adam.zero_grad();
    softmax_cross_entropy(net(x), labels).backward();
    adam.step();
  }
  NoGrad guard;
  Tensor test({200, 1, 6, 6, 6});
  Labels truth(200);
  draw_volumes(test, truth, rng);
  CHECK(count_correct(net(test), truth) > 180);
}

}  // namespace properties_model_training_test
}}  // namespace norma
