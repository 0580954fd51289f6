// Folding batch normalization leaves the function as it was, or everything as it was.
#include "layers/fold.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "data/loader.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/linear.h"
#include "layers/network/build.h"
#include "tests/support/layer_helpers.h"
#include "tests/support/training.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_fold_test {

using namespace reference;

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

TEST_CASE("trained models compute the same, and have the state of the network without normalization") {
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
    fill(drawn_digits(), 1800, 50, {.flat = flat}, batch);
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

TEST_CASE("by the formula, with and without a bias before, γ and β, and any eps") {
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
            "fold: expected a Linear or convolution before BatchNorm2d(2), got none");
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

TEST_CASE("what cannot be folded is refused, and then nothing is changed") {
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
       "fold: expected a Linear or convolution before BatchNorm1d(4), got none"},
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

TEST_CASE("a convolution that was given a bias says so") {
  Sequential net = made("conv 2 3, bn, relu, flatten, linear 3", {1, 4, 4});
  CHECK(net.children()[0].module->describe().find("bias=False") != std::string::npos);
  fold_batchnorm(net);
  CHECK(net.children()[0].module->describe().find("bias=False") == std::string::npos);
}

}  // namespace layers_fold_test
}}  // namespace norma
