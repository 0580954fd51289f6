// Whole models at work: LeNet-5, the residual network and 3-D convolutions learn; initialisation from data does what
// it says in every layer; and folding batch normalization leaves the function as it was, or everything as it was.
#include <map>

#include "core/ops.h"
#include "data/digits.h"
#include "data/loader.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/fold.h"
#include "layers/linear.h"
#include "layers/network/model.h"
#include "layers/weight_norm.h"
#include "optim/optimizer.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

Sequential made(const std::string& text, const Shape& sample, double momentum = 0.1) {
  manual_seed(1);
  BuildOptions o;
  o.sample = sample;
  o.momentum = momentum;
  return build(parse_layers(text), o);
}

// Running statistics that a few dozen steps gather.
Sequential ready(const std::string& model, const std::string& norm, const Shape& sample,
                 const std::string& first = "") {
  const Sentence network =
      substitute_norm(parse_layers(preset_layers({.model = model, .hidden = {30, 20}})), norm);
  return made(first + to_text(network), sample, 0.3);
}

void train(Module& net, Optimizer& optimizer, const Tensor& x, const Labels& labels) {
  optimizer.zero_grad();
  softmax_cross_entropy(net(x), labels).backward();
  optimizer.step();
}

const Dataset& digits() {
  static const Dataset all = draw_digits(2400, 3);
  return all;
}

// Trains on the first 1800 digits, batches of 32, at a rate that goes to 0; the share of the last 600 that are right by
// running statistics.
double accuracy_after(Module& net, int steps, bool flat = false) {
  const Dataset training = digits().first(1800);
  Adam adam(net.parameters(), {});
  Loader loader(training, {.batch_size = 32, .format = {.flat = flat}}, 1);
  for (int step = 0; step < steps; ++step) {
    const Batch& batch = loader.next();
    adam.lr = 0.005 * (1 - double(step) / steps);
    train(net, adam, batch.x, batch.labels);
  }
  net.eval();
  NoGrad guard;
  Batch test;
  fill(digits(), 1800, 600, {.flat = flat}, test);
  return static_cast<double>(count_correct(net(test.x), test.labels)) / 600;
}

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
    "initialisation from data: every weight-normalized layer gives mean 0 and variance 1 on that batch") {
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

std::string names_and_shapes(const Module& net) {
  std::string all;
  for (const StateEntry& e : net.state_dict()) {
    std::ostringstream shape;
    if (!e.counter) shape << e.tensor.shape();
    all += e.name + ' ' + shape.str() + '\n';
  }
  return all;
}

constexpr double folded_tolerance = in_double ? 1e-12 : 1e-4;

TEST_CASE(
    "folding: trained models compute the same, and have the state of the network without normalization") {
  for (const auto& row : {std::pair("mlp", 2), {"dln", 2}, {"cnn", 3}, {"lenet", 4}, {"resnet", 9}}) {
    const std::string model = row.first;
    const int norms = row.second;
    INFO(model);
    const bool flat = model == "mlp" || model == "dln";
    const Shape sample = flat ? Shape{784} : Shape{1, 28, 28};
    Sequential net = ready(model, "batch", sample), plain = ready(model, "none", sample);
    const Tensor weight = net.parameters()[0].tensor;
    const Numbers first = numbers(weight);
    accuracy_after(net, 5, flat);
    CHECK(difference(weight, first) > 0.005);  // trained: Adam's first step alone is so long
    Batch batch;
    fill(digits(), 1800, 50, {.flat = flat}, batch);
    NoGrad guard;
    const Numbers before = numbers(net(batch.x));
    CHECK(fold_batchnorm(net) == norms);
    CHECK(names_and_shapes(net) == names_and_shapes(plain));
    CHECK(difference(net(batch.x), before) < folded_tolerance);
    CHECK_FALSE(net.training());  // the mode stays
    plain.load(net.state_dict());
    plain.eval();
    CHECK(same_bits(plain(batch.x), net(batch.x)));
  }
}

// Gives every BatchNorm statistics and parameters that are not 0 and 1.
void stir(Module& net) {
  std::uint64_t seed = 7;
  net.for_each([&](Module& m) {
    auto* norm = dynamic_cast<BatchNorm*>(&m);
    if (!norm) return;
    for (const Tensor& t : {norm->weight, norm->bias, norm->running_mean, norm->running_var}) {
      if (!t.defined()) continue;
      Rng rng(++seed);
      for (Index i = 0; i < t.size(); ++i) t[i] = static_cast<real>(rng.uniform(0.2, 2));
    }
  });
}

TEST_CASE("folding: by the formula, with and without a bias before, γ and β, and any eps") {
  for (const char* text :
       {"conv 4 3, bn", "conv 4 3 bias, bn", "linear 4, bn eps 0.5",
        "conv 4 3 stride 2 groups 2, bn momentum 0", "linear 4 bias, bn, relu, linear 3, bn", "bn"}) {
    INFO(std::string(text));
    const std::string words = text;
    const Shape sample = words.starts_with("linear") ? Shape{6} : Shape{2, 5, 5};
    const Tensor x = random_tensor(words.starts_with("linear") ? Shape{3, 6} : Shape{3, 2, 5, 5}, 1, 1, 2);
    Sequential net = made(text, sample);
    stir(net);
    net.eval();
    const Numbers before = numbers(net(x));
    if (words == "bn") {
      CHECK(error_of([&] { fold_batchnorm(net); }) ==
            "fold: BatchNorm2d(2) comes first; a Linear or convolution before it is wanted");
      continue;
    }
    fold_batchnorm(net);
    CHECK(difference(net(x), before) < folded_tolerance);
    for (const StateEntry& e : net.state_dict())
      CHECK((e.name.ends_with("weight") || e.name.ends_with("bias")));
  }
  manual_seed(1);
  Sequential net;
  net.append(Linear(5, 4, /*bias=*/false));
  net.append(BatchNorm1d(4, {.affine = false}));
  net.append(Linear(4, 3));
  net.append(BatchNorm1d(3, {.affine = false}));
  stir(net);
  net.eval();
  const Tensor x = random_tensor({3, 5}, 1);
  const Numbers before = numbers(net(x));
  CHECK(fold_batchnorm(net) == 2);
  CHECK(difference(net(x), before) < folded_tolerance);
  CHECK(net.children().size() == 2);
  for (const Parameter& p : net.parameters()) CHECK(p.tensor.requires_grad());
  net.train();
  sum(net(x)).backward();  // it can be trained on
  for (const Parameter& p : net.parameters()) CHECK(p.tensor.has_grad());
}

TEST_CASE("folding: what cannot be folded is refused, and then nothing is changed") {
  const struct {
    std::string text, message;
  } table[] = {
      {"linear 4, relu, linear 3", "fold: there is no BatchNorm in the model, and only BatchNorm folds"},
      {"linear 4, brn", "fold: there is no BatchNorm in the model, and only BatchNorm folds"},
      {"linear 4, bn, relu, linear 4, relu, bn",
       "fold: BatchNorm1d(4) comes after ReLU(), not right after a Linear or convolution; nothing "
       "can be folded across "
       "an activation"},
      {"linear 4, bn, residual(bn, linear 4)",
       "fold: BatchNorm1d(4) comes first; a Linear or convolution before it is wanted"},
      {"linear 4, bn, linear 3, wn, bn",
       "fold: the weight of Linear(4, 3, bias=False, weight_norm) is reparametrized"},
      {"linear 4, bn, linear 3, sn, bn",
       "fold: the weight of Linear(4, 3, bias=False, spectral_norm) is reparametrized"},
      {"linear 4, bn, bn",
       "fold: BatchNorm1d(4) comes after BatchNorm1d(4), not right after a Linear or convolution; "
       "nothing can be folded "
       "across an activation"},
      {"linear 4, bn, residual(linear 4, tanh), bn",
       "fold: BatchNorm1d(4) comes after Residual(main), not right after a Linear or convolution; "
       "nothing can be folded "
       "across an activation"}};
  for (const auto& row : table) {
    INFO(row.text);
    const auto& [text, message] = row;
    Sequential net = made(text, {6});
    stir(net);
    const auto before = snapshot(net);
    CHECK(error_of([&] { fold_batchnorm(net); }) == message);
    CHECK(snapshot(net) == before);
  }
  Sequential net;
  net.append(Linear(5, 4));
  net.append(BatchNorm1d(4));
  net.append(Linear(4, 4));
  net.append(BatchNorm1d(4, {.track_running_stats = false}));
  const auto before = snapshot(net);
  CHECK(error_of([&] { fold_batchnorm(net); }) ==
        "fold: BatchNorm1d(4, track_running_stats=False) has no running statistics to fold");
  CHECK(snapshot(net) == before);
  CHECK(net.children().size() == 4);
  Sequential empty;
  CHECK(error_of([&] { fold_batchnorm(empty); }) ==
        "fold: there is no BatchNorm in the model, and only BatchNorm folds");
}

TEST_CASE("fold: a convolution that was given a bias says so") {
  Sequential net = made("conv 2 3, bn, relu, flatten, linear 3", {1, 4, 4});
  CHECK(net.children()[0].module->describe().find("bias=False") != std::string::npos);
  fold_batchnorm(net);
  CHECK(net.children()[0].module->describe().find("bias=False") == std::string::npos);
}

}  // namespace
}}  // namespace norma
