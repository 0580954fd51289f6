// Layers: names and order of the state as PyTorch's, loading, modes, batch normalization's behaviour,
// dropout, initial weights, ready-made models, and modules that are moved.
#include <doctest/doctest.h>

#include <map>

#include "core/ops.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/linear.h"
#include "layers/network/mlp.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

std::string names(const StateDict& state) {
  std::string all;
  for (const StateEntry& e : state) all += (all.empty() ? "" : " ") + e.name;
  return all;
}

std::string described(const Sequential& net) {
  std::string all;
  for (const auto& child : net.children()) all += child.name + ' ' + child.module->describe() + '\n';
  return all;
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

Sequential small(bool batch_norm, double dropout = 0) {
  MlpOptions o;
  o.inputs = 6;
  o.classes = 3;
  o.hidden = {5, 4};
  o.batch_norm = batch_norm;
  o.dropout = dropout;
  return mlp(o);
}

TEST_CASE("mlp: layers, names and order are PyTorch's") {
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
  CHECK(names(before.state_dict()) ==
        "0.weight 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked 4.weight 4.bias");
  o.norm_position = NormPosition::after;
  o.activation = "leaky_relu";
  const Sequential after = mlp(o);
  CHECK(described(after) ==
        "0 Linear(784, 8)\n1 LeakyReLU(negative_slope=0.01)\n2 BatchNorm1d(8)\n3 Dropout(p=0.25)\n4 "
        "Linear(8, 10)\n");
  CHECK(names(after.state_dict()) ==
        "0.weight 0.bias 2.weight 2.bias 2.running_mean 2.running_var 2.num_batches_tracked 4.weight 4.bias");
  CHECK(after.describe() == "Sequential(5 layers)");
  o.hidden = {};
  CHECK(described(mlp(o)) == "0 Linear(784, 10)\n");
  o.activation = "swish";
  o.hidden = {8};
  CHECK(error_of([&] { mlp(o); }) == "Activation: 'swish' given; sigmoid, tanh, relu or leaky_relu wanted");
  CHECK(error_of([] { Activation("swish"); }) ==
        "Activation: 'swish' given; sigmoid, tanh, relu or leaky_relu wanted");
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

TEST_CASE("load: errors name what is wrong, and nothing is changed") {
  Sequential net = small(true), other = small(true);
  const auto before = snapshot(net);
  StateDict s = copy_of(other);
  s.pop_back();
  CHECK(error_of([&] { net.load(s); }) == "load: 6.bias is missing from the given state");
  s = copy_of(other);
  s.push_back({"7.weight", Tensor(Shape{1}), nullptr});
  CHECK(error_of([&] { net.load(s); }) == "load: the model has no 7.weight");
  s = copy_of(other);
  s.back().tensor = Tensor(Shape{2, 2});
  CHECK(error_of([&] { net.load(s); }) == "load: 6.bias has shape (2, 2) in the given state, (3,) wanted");
  s = copy_of(other);
  s[5] = {s[5].name, Tensor::zeros({}), nullptr};
  CHECK(error_of([&] { net.load(s); }) ==
        "load: 1.num_batches_tracked is a tensor of reals in the given state, an integer wanted");
  s = copy_of(other);
  s[0] = {s[0].name, {}, std::make_shared<std::int64_t>(0)};
  CHECK(error_of([&] { net.load(s); }) ==
        "load: 0.weight is an integer in the given state, a tensor of reals wanted");
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

TEST_CASE("batch normalization: training gathers what inference uses") {
  BatchNorm1d norm(3);
  CHECK(numbers(norm.weight) == Numbers{1, 1, 1});
  CHECK(numbers(norm.bias) == Numbers{0, 0, 0});
  CHECK(numbers(norm.running_mean) == Numbers{0, 0, 0});
  CHECK(numbers(norm.running_var) == Numbers{1, 1, 1});
  CHECK(*norm.num_batches_tracked == 0);

  Numbers mean(3, 0), variance(3, 1);
  for (std::uint64_t t = 1; t <= 4; ++t) {
    const Tensor x = random_tensor({6, 3}, t, 2, 3);
    const Normalized batch = reference::normalize(numbers(x), {6, 3, 1}, 1e-5L, {}, {}, numbers(x));
    CHECK(difference(norm(x), batch.y) < tolerance);
    for (std::size_t k = 0; k < 3; ++k) {
      mean[k] = 0.9L * mean[k] + 0.1L * batch.mean[k];
      variance[k] = 0.9L * variance[k] + 0.1L * batch.variance[k] * 6 / 5;  // the unbiased one
    }
    CHECK(difference(norm.running_mean, mean) < tolerance);
    CHECK(difference(norm.running_var, variance) < tolerance);
    CHECK(*norm.num_batches_tracked == static_cast<std::int64_t>(t));
  }

  const auto gathered = snapshot(norm);
  const Tensor x = random_tensor({6, 3}, 9);
  const auto constants = std::pair(mean, variance);
  norm.eval();
  CHECK(difference(norm(x),
                   reference::normalize(numbers(x), {6, 3, 1}, 1e-5L, {}, {}, numbers(x), &constants).y) <
        tolerance);
  CHECK(norm(random_tensor({1, 3}, 10)).size() == 3);  // a batch of one is nothing special
  norm.eval(Statistics::batch);
  const Numbers by_batch = reference::normalize(numbers(x), {6, 3, 1}, 1e-5L, {}, {}, numbers(x)).y;
  CHECK(difference(norm(x), by_batch) < tolerance);
  CHECK(snapshot(norm) == gathered);  // inference of either kind changes nothing
  norm.train();
  CHECK(difference(norm(x), by_batch) < tolerance);
  CHECK(snapshot(norm) != gathered);
}

TEST_CASE("batch normalization: momentum none is the average of all batches") {
  BatchNormOptions o;
  o.momentum = std::nullopt;
  BatchNorm1d norm(2, o);
  Numbers mean(2, 0), variance(2, 0);
  for (std::uint64_t t = 1; t <= 5; ++t) {
    const Tensor x = random_tensor({4, 2}, t, 1);
    norm(x);
    const Normalized batch = reference::normalize(numbers(x), {4, 2, 1}, 0, {}, {}, numbers(x));
    for (std::size_t k = 0; k < 2; ++k) {
      mean[k] += batch.mean[k] / 5;
      variance[k] += batch.variance[k] * 4 / 3 / 5;
    }
  }
  CHECK(difference(norm.running_mean, mean) < 10 * tolerance);
  CHECK(difference(norm.running_var, variance) < 10 * tolerance);
}

TEST_CASE("batch normalization: over batch and positions of (N, C, L)") {
  BatchNorm1d norm(3);
  const Tensor x = random_tensor({4, 3, 5}, 1, 2);
  CHECK(difference(norm(x), reference::normalize(numbers(x), {4, 3, 5}, 1e-5L, {}, {}, numbers(x)).y) <
        tolerance);
  CHECK(norm(random_tensor({1, 3, 5}, 2)).shape() == Shape{1, 3, 5});  // five values a channel
}

TEST_CASE("batch normalization: options") {
  BatchNorm1d plain(3,
                    {.eps = 1e-3, .momentum = std::nullopt, .affine = false, .track_running_stats = false});
  CHECK(plain.state_dict().empty());
  CHECK_FALSE(plain.weight.defined());
  CHECK_FALSE(plain.running_mean.defined());
  CHECK(plain.describe() ==
        "BatchNorm1d(3, eps=0.001, momentum=None, affine=False, track_running_stats=False)");
  CHECK(BatchNorm1d(3, {.momentum = 0.2}).describe() == "BatchNorm1d(3, momentum=0.2)");
  const Tensor x = random_tensor({4, 3}, 1);
  const Numbers by_batch = reference::normalize(numbers(x), {4, 3, 1}, 1e-3L, {}, {}, numbers(x)).y;
  CHECK(difference(plain(x), by_batch) < tolerance);
  plain.eval();
  CHECK(difference(plain(x), by_batch) < tolerance);
}

TEST_CASE("batch normalization: errors") {
  BatchNorm1d norm(3);
  auto run = [&](const Shape& shape) { return error_of([&] { norm(Tensor::zeros(shape)); }); };
  CHECK(run({5, 4}) == "BatchNorm1d: x (5, 4) given, (N, 3, …) of 2 to 3 dimensions wanted");
  CHECK(run({3}) == "BatchNorm1d: x (3,) given, (N, 3, …) of 2 to 3 dimensions wanted");
  CHECK(run({2, 3, 4, 5}) == "BatchNorm1d: x (2, 3, 4, 5) given, (N, 3, …) of 2 to 3 dimensions wanted");
  const std::string one =
      "BatchNorm1d: x (1, 3) has one value a channel, but a variance wants two; give a larger batch, or call "
      "eval()";
  CHECK(run({1, 3}) == one);
  CHECK(*norm.num_batches_tracked == 0);
  CHECK(numbers(norm.running_var) == Numbers{1, 1, 1});
  norm.eval(Statistics::batch);
  CHECK(run({1, 3}) == one);
  BatchNorm1d untracked(3, {.track_running_stats = false});  // eval() would not help
  CHECK(error_of([&] {
          untracked(Tensor::zeros({1, 3}));
        }) == "BatchNorm1d: x (1, 3) has one value a channel, but a variance wants two; give a larger batch");
  CHECK(run({0, 3}).starts_with("BatchNorm1d: x (0, 3) has no value a channel"));
  for (double f : {-0.1, 1.5, double(NAN)})
    CHECK(error_of([&] { BatchNorm1d(3, {.momentum = f}); }).ends_with("given, 0 to 1 or none wanted"));
  CHECK(error_of([] { BatchNorm1d(0); }) == "BatchNorm1d: 0 features given, at least 1 wanted");
  CHECK(error_of([] { BatchNorm1d(2, {.eps = -1}); }) == "BatchNorm1d: eps -1 given, 0 or more wanted");
}

TEST_CASE("linear: errors and shapes") {
  Linear layer(4, 2), bare(4, 2, false);
  CHECK(layer(Tensor::zeros({3, 4})).shape() == Shape{3, 2});
  CHECK_FALSE(bare.bias.defined());
  CHECK(names(bare.state_dict()) == "weight");
  CHECK(error_of([&] { layer(Tensor::zeros({3, 5})); }) == "linear: x (3, 5) does not fit W (2, 4)");
  CHECK(error_of([] { Linear(0, 3); }) == "Linear: 0 inputs and 3 outputs given, at least 1 of each wanted");
}

TEST_CASE("dropout: a mask that follows from the seed, another each time; nothing in inference") {
  auto drop = [](std::uint64_t seed, double p) {
    manual_seed(seed);
    return Dropout(p);
  };
  const Tensor x = Tensor::ones({100, 100});
  Dropout a = drop(1, 0.3), b = drop(1, 0.3), c = drop(2, 0.3), second(0.3);
  const Tensor first = a(x);
  CHECK(same_bits(first, b(x)));
  CHECK_FALSE(same_bits(first, c(x)));
  CHECK_FALSE(same_bits(first, second(x)));
  CHECK_FALSE(same_bits(first, a(x)));
  const auto kept = 10'000 - std::count(first.data(), first.data() + 10'000, real(0));
  CHECK(std::abs(static_cast<double>(kept) / 10'000 - 0.7) < 4 * std::sqrt(0.21 / 10'000));
  CHECK(std::abs(double(mean(first).item()) - 1) < 0.03);
  a.eval();
  CHECK(a(x).is(x));
  CHECK(drop(1, 0)(x).is(x));
  CHECK(error_of([] { Dropout(-0.1); }) == "Dropout: probability -0.1 given, 0 to 1 wanted");
  CHECK(error_of([] { Dropout(NAN); }).find("Dropout: probability") == 0);
}

TEST_CASE("initial weights: the deviation is what it should be, of every kind and shape") {
  const Shape shape{150, 400};  // fan_in 400, fan_out 150
  const double in = 400, out = 150, g = 1.25;
  struct Wanted {
    Init kind;
    double std;
  };
  for (const Wanted& wanted : {Wanted{Init::pytorch, 2 / std::sqrt(3 * in)},
                               {Init::kaiming, 2 * g / std::sqrt(in)},
                               {Init::xavier, 2 * g * std::sqrt(2 / (in + out))},
                               {Init::lecun, 2 / std::sqrt(in)},
                               {Init::given, 2}}) {
    for (Distribution distribution : {Distribution::normal, Distribution::uniform}) {
      CAPTURE(int(wanted.kind));
      CAPTURE(int(distribution));
      const InitOptions o{wanted.kind, distribution, 2};
      const bool narrow = wanted.kind == Init::given && distribution == Distribution::uniform;
      const double expected = narrow ? wanted.std / std::sqrt(3.0) : wanted.std;
      CHECK(init_std(shape, o, g) == doctest::Approx(expected).epsilon(1e-12));
      Rng rng(1);
      const Tensor w(shape);
      init_weight(w, o, g, rng);
      double sum = 0, squares = 0, largest = 0;
      for (real v : w.values()) {
        sum += v;
        squares += double(v) * v;
        largest = std::max(largest, std::abs(double(v)));
      }
      const double n = static_cast<double>(w.size());
      CHECK(std::sqrt(squares / n) == doctest::Approx(expected).epsilon(0.015));
      CHECK(std::abs(sum / n) < 4 * expected / std::sqrt(n));
      const bool bounded = distribution == Distribution::uniform || wanted.kind == Init::pytorch;
      CHECK((largest <= std::sqrt(3.0) * expected * (1 + 1e-6)) == bounded);
      CHECK(largest > 1.7 * expected);

      const Tensor b(Shape{1000});
      init_bias(b, in, o, rng);
      const double widest = std::abs(*std::max_element(b.data(), b.data() + 1000));
      if (wanted.kind == Init::pytorch)
        CHECK((widest <= 2 / std::sqrt(in) && widest > 1.9 / std::sqrt(in)));
      else
        CHECK(numbers(b) == Numbers(1000, 0));
    }
  }
}

TEST_CASE("initial weights: fans and gains") {
  CHECK(fans({6, 4}).in == 4);
  CHECK(fans({6, 4}).out == 6);
  CHECK(fans({6, 4, 3, 3}).in == 36);
  CHECK(fans({6, 4, 3, 3}).out == 54);
  CHECK(error_of([] { fans({6}); }) == "fans: weight (6,) given, (out, in, …) wanted");
  for (const char* one : {"linear", "conv", "sigmoid"}) CHECK(gain(one) == 1);
  CHECK(gain("tanh") == doctest::Approx(5.0 / 3));
  CHECK(gain("relu") == doctest::Approx(std::sqrt(2)));
  CHECK(gain("leaky_relu", 0.5) == doctest::Approx(std::sqrt(2 / 1.25)));
}

TEST_CASE("mlp: the same seed gives the same model, the output layer takes no gain") {
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
  CHECK(names(moved.state_dict()) ==
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

}  // namespace
}}  // namespace norma
