// The plain network of fully connected layers: its layers are PyTorch's, its weights follow from the seed.
#include "layers/network/mlp.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/activation.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_network_mlp_test {

using namespace reference;

std::string described(const Sequential& net) {
  std::string all;
  for (const auto& child : net.children()) all += child.name + ' ' + child.module->describe() + '\n';
  return all;
}

TEST_CASE("layers, names and order are PyTorch's") {
  MlpOptions o;
  CHECK(described(mlp(o)) ==
        "0 Linear(784, 100)\n1 Sigmoid()\n2 Linear(100, 100)\n3 Sigmoid()\n4 Linear(100, 100)\n5 Sigmoid()\n"
        "6 Linear(100, 10)\n");
  o.hidden = {8};
  o.batch_norm = true;
  o.dropout = 0.25;
  o.activation = "relu";
  const Sequential before = mlp(o);
  CHECK(described(before) ==
        "0 Linear(784, 8, bias=False)\n1 BatchNorm1d(8)\n2 ReLU()\n3 Dropout(p=0.25)\n4 Linear(8, 10)\n");
  CHECK(names(before) ==
        "0.weight 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked 4.weight 4.bias");
  o.norm_position = NormPosition::after;
  o.activation = "leaky_relu";
  const Sequential after = mlp(o);
  CHECK(described(after) ==
        "0 Linear(784, 8)\n1 LeakyReLU(negative_slope=0.01)\n2 BatchNorm1d(8)\n3 Dropout(p=0.25)\n4 "
        "Linear(8, 10)\n");
  CHECK(names(after) ==
        "0.weight 0.bias 2.weight 2.bias 2.running_mean 2.running_var 2.num_batches_tracked 4.weight 4.bias");
  CHECK(after.describe() == "Sequential(5 layers)");
  o.hidden = {};
  CHECK(described(mlp(o)) == "0 Linear(784, 10)\n");
  o.activation = "swish";
  o.hidden = {8};
  CHECK(error_of([&] { mlp(o); }) == "Activation: expected sigmoid, tanh, relu or leaky_relu, got 'swish'");
  CHECK(error_of([] { Activation("swish"); }) ==
        "Activation: expected sigmoid, tanh, relu or leaky_relu, got 'swish'");
}

TEST_CASE("the same seed gives the same model, the output layer takes no gain") {
  MlpOptions o;
  o.hidden = {300};
  o.activation = "relu";
  o.init = {Init::kaiming, Distribution::normal, 1};
  manual_seed(3);
  const Sequential a = mlp(o), other = mlp(o);
  manual_seed(3);
  CHECK(snapshot(mlp(o)) == snapshot(a));
  CHECK(snapshot(other) != snapshot(a));
  auto deviation = [&](std::size_t k) {
    double squares = 0;
    const Tensor w = a.parameters()[k].tensor;
    for (real v : w.values()) squares += double(v) * v;
    return std::sqrt(squares / static_cast<double>(w.size()));
  };
  CHECK(deviation(0) == doctest::Approx(std::sqrt(2.0 / 784)).epsilon(0.02));
  CHECK(deviation(2) == doctest::Approx(std::sqrt(1.0 / 300)).epsilon(0.05));
}

}  // namespace layers_network_mlp_test
}}  // namespace norma
