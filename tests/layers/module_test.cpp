// Modules: parameters, loading, modes, and modules that are moved.
#include "layers/module.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/linear.h"
#include "layers/network/mlp.h"
#include "layers/pooling.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_module_test {

using namespace reference;

Sequential small(bool batch_norm, double dropout = 0) {
  MlpOptions o;
  o.inputs = 6;
  o.classes = 3;
  o.hidden = {5, 4};
  o.batch_norm = batch_norm;
  o.dropout = dropout;
  return mlp(o);
}

TEST_CASE("parameters: what is trained, and what decays") {
  const Sequential net = small(true);
  std::string all, decaying;
  for (const Parameter& p : net.parameters()) {
    CHECK(p.tensor.requires_grad());
    all += p.name + ' ';
    if (p.decay) decaying += p.name + ' ';
  }
  CHECK(all == "0.weight 1.weight 1.bias 3.weight 4.weight 4.bias 6.weight 6.bias ");
  CHECK(decaying == "0.weight 3.weight 6.weight ");
  for (const StateEntry& e : net.state_dict()) {
    if (e.name.find("running") != e.name.npos) CHECK_FALSE(e.tensor.requires_grad());
    CHECK(bool(e.counter) == (e.name.find("num_batches") != e.name.npos));
  }
}

// A layer's y and the gradients of x and of what it learns, where a ReLU follows: in one call, and in two.
void check_fused_relu(Module& layer, const Shape& shape) {
  CAPTURE(layer.describe());
  const Tensor dy = random_tensor(layer(random_tensor(shape, 1)).shape(), 2);
  const auto outcome = [&](auto&& forward) {
    Tensor x = random_tensor(shape, 1, 0.3, 2);
    x[3] = NAN;
    x.set_requires_grad(true);
    for (const Parameter& p : layer.parameters()) p.tensor.zero_grad();
    const Tensor y = forward(x);
    y.backward(dy);
    std::vector<Tensor> all = {y.clone(), x.grad().clone()};
    for (const Parameter& p : layer.parameters()) all.push_back(p.tensor.grad().clone());
    return all;
  };
  const auto two = outcome([&](const Tensor&x) { return relu(layer.forward(x)); }),
             one = outcome([&](const Tensor&x) { return layer.forward_relu(x); });
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    CAPTURE(i);
    CHECK(same_bits(one[i], two[i]));
  }
}

TEST_CASE("forward_relu: relu(forward(x)), bit for bit, with its gradients") {
  BatchNorm2d norm(3);
  randomize(norm.weight, norm.bias, 3);
  check_fused_relu(norm, {4, 3, 5, 7});
  norm.eval();
  check_fused_relu(norm, {4, 3, 5, 7});
  BatchNorm1d plain(5, {.affine = false}), constant(5, {.statistics_gradient = false});
  check_fused_relu(plain, {7, 5});
  check_fused_relu(constant, {7, 5});
  Linear linear(5, 4);
  check_fused_relu(linear, {7, 5});
  Sequential main;
  main.append(BatchNorm1d(5));
  Residual residual(std::move(main));
  check_fused_relu(residual, {7, 5});
}

TEST_CASE("a Sequential computes a ReLU with the layer before it, as it would apart") {
  manual_seed(3);
  Sequential net;
  Linear& first = net.append(Linear(5, 4));
  BatchNorm1d& norm = net.append(BatchNorm1d(4));
  net.append(Activation("relu"));
  net.append(Activation("relu"));  // with no layer before it that has not run
  net.append(Activation("leaky_relu"));
  Linear& last = net.append(Linear(4, 2));
  net.append(Activation("relu"));
  const Tensor x = random_tensor({6, 5}, 1);
  CHECK(same_bits(net(x), relu(last(relu(norm(first(x)))))));
  CHECK(net.children()[2].module->is_relu());
  CHECK_FALSE(net.children()[4].module->is_relu());
}

TEST_CASE("load: the values of another model, whose handles stay apart") {
  manual_seed(1);
  Sequential a = small(true), b = small(true);
  a(random_tensor({7, 6}, 1));
  CHECK(snapshot(a) != snapshot(b));
  b.load(a.state_dict());
  CHECK(snapshot(a) == snapshot(b));
  REQUIRE(b.state_dict()[5].counter);
  CHECK(*b.state_dict()[5].counter == 1);
  a(random_tensor({7, 6}, 2));
  a.state_dict()[0].tensor[0] += 1;
  CHECK(snapshot(a)["1.running_mean"] != snapshot(b)["1.running_mean"]);
  CHECK(snapshot(a)["0.weight"] != snapshot(b)["0.weight"]);
  b.load(b.state_dict());  // of itself
}

StateDict copy_of(const Module& m) {
  StateDict copy = m.state_dict();
  for (StateEntry& e : copy) {
    if (e.counter)
      e.counter = std::make_shared<std::int64_t>(*e.counter);
    else
      e.tensor = e.tensor.clone();
  }
  return copy;
}

TEST_CASE("load: errors name what is wrong, and nothing is changed") {
  Sequential net = small(true), other = small(true);
  const auto before = snapshot(net);
  StateDict s = copy_of(other);
  s.pop_back();
  CHECK(error_of([&] { net.load(s); }) == "load: 6.bias is missing from the state");
  s = copy_of(other);
  s.push_back({"7.weight", Tensor(Shape{1}), nullptr});
  CHECK(error_of([&] { net.load(s); }) == "load: the model has no 7.weight");
  s = copy_of(other);
  s.back().tensor = Tensor(Shape{2, 2});
  CHECK(error_of([&] { net.load(s); }) == "load: 6.bias: expected shape (3,), got (2, 2)");
  s = copy_of(other);
  s[5] = {s[5].name, Tensor::zeros({}), nullptr};
  CHECK(error_of([&] { net.load(s); }) ==
        "load: 1.num_batches_tracked: expected an integer, got a tensor of reals");
  s = copy_of(other);
  s[0] = {s[0].name, {}, std::make_shared<std::int64_t>(0)};
  CHECK(error_of([&] { net.load(s); }) == "load: 0.weight: expected a tensor of reals, got an integer");
  CHECK(snapshot(net) == before);
}

TEST_CASE("modes reach every layer") {
  Sequential net = small(true, 0.5);
  auto all_in = [&](bool mode) {
    return std::all_of(net.children().begin(), net.children().end(),
                       [&](const auto& c) { return c.module->training() == mode; });
  };
  CHECK(net.training());
  CHECK(all_in(true));
  net.eval();
  CHECK_FALSE(net.training());
  CHECK(all_in(false));
  net.train();
  CHECK(all_in(true));
}

struct Pair final : Module {
  Linear& hidden = child("hidden", Linear(6, 5));
  BatchNorm1d& norm = child("norm", BatchNorm1d(5));
  Sequential& tail = child("tail", small_tail());
  Tensor forward(const Tensor& x) override { return tail(relu(norm(hidden(x)))); }
  std::string describe() const override { return "Pair"; }
  static Sequential small_tail() {
    Sequential s;
    s.append(Linear(5, 2));
    return s;
  }
};

TEST_CASE("a module keeps working when it is moved, also one with references to its children") {
  manual_seed(4);
  Pair first;
  const Tensor x = random_tensor({4, 6}, 1);
  first.eval();
  const Tensor y = first(x);
  Pair moved = std::move(first);
  CHECK(same_bits(moved(x), y));
  CHECK_FALSE(moved.training());
  CHECK(names(moved) ==
        "hidden.weight hidden.bias norm.weight norm.bias norm.running_mean norm.running_var "
        "norm.num_batches_tracked tail.0.weight tail.0.bias");
  moved.train();
  CHECK(moved.norm.training());
  moved(x);
  CHECK(*moved.norm.num_batches_tracked == 1);
  CHECK(*moved.state_dict()[6].counter == 1);

  Sequential net = small(true), to = std::move(net);
  CHECK(to(x).shape() == Shape{4, 3});
}

TEST_CASE("frozen layers get no gradient") {
  Pair net;
  for (const Parameter& p : net.parameters())
    if (p.name.find("hidden") == 0) Tensor(p.tensor).set_requires_grad(false);
  sum(net(random_tensor({4, 6}, 1))).backward();
  CHECK_FALSE(net.hidden.weight.has_grad());
  CHECK(net.norm.weight.has_grad());
}

}  // namespace layers_module_test
}}  // namespace norma
