// Norma against PyTorch: the values in golden/*.json, which golden/make_golden.py had PyTorch compute in
// float64. Whole trainings are compared in trajectory_test.cpp.
#include "tests/golden/golden.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/init.h"
#include "layers/linear.h"
#include "optim/optimizer.h"

namespace norma { inline namespace NORMA_BUILD { namespace golden_golden_test {

void batchnorm_case(const json& file, const json& c) {
  const std::string name = c["name"];
  BatchNormOptions options;
  options.eps = c["eps"];
  options.momentum =
      c["momentum"].is_null() ? std::nullopt : std::optional<double>(c["momentum"].get<double>());
  options.affine = c["affine"];
  options.track_running_stats = c["track_running_stats"];
  BatchNorm1d norm(static_cast<Index>(file["weight"].size()), options);
  if (options.affine) {
    norm.weight.copy_from(tensor(file["weight"]));
    norm.bias.copy_from(tensor(file["bias"]));
  }
  if (c["preset"]) {
    norm.running_mean.copy_from(tensor(file["preset"]["running_mean"]));
    norm.running_var.copy_from(tensor(file["preset"]["running_var"]));
    *norm.num_batches_tracked = file["preset"]["num_batches_tracked"];
  }

  const json& input = file["inputs"][c["input"].get<std::string>()];
  Tensor x;
  for (std::size_t i = 0; i < c["modes"].size(); ++i) {
    c["modes"][i] == "train" ? norm.train() : norm.eval();
    for (const Parameter& p : norm.parameters()) p.tensor.zero_grad();
    x = leaf(input["x"][i]);
    Tensor y = norm(x);
    same(name, "y of pass " + std::to_string(i + 1), y, c["y"][i]);
    y.backward(tensor(input["dy"]));
  }
  same(name, "dx", x.grad(), c["dx"]);
  same(name, "dweight", options.affine ? norm.weight.grad() : Tensor(), c["dweight"]);
  same(name, "dbias", options.affine ? norm.bias.grad() : Tensor(), c["dbias"]);
  same(name, "running_mean", norm.running_mean, c["running_mean"]);
  same(name, "running_var", norm.running_var, c["running_var"]);
  const json counted = norm.num_batches_tracked ? json(*norm.num_batches_tracked) : json();
  CHECK_MESSAGE(counted == c["num_batches_tracked"], name, ": num_batches_tracked is ", counted.dump(),
                ", in PyTorch ", c["num_batches_tracked"].dump());
}

// Gives p the gradient that a backward pass would have left.
void set_gradient(const Tensor& p, const json& gradient) {
  p.zero_grad();
  const std::vector<double> values = flat(gradient);
  std::transform(values.begin(), values.end(), p.open_grad().data,
                 [](double v) { return static_cast<real>(v); });
}

void optimizer_case(const json& file, const json& c, Optimizer& optimizer, const Tensor& p) {
  for (std::size_t step = 0; step < file["gradients"].size(); ++step) {
    set_gradient(p, file["gradients"][step]);
    optimizer.lr = c["lr"][step];
    optimizer.step();
    same(c["name"], "the parameter after step " + std::to_string(step + 1), p, c["params"][step]);
  }
}

InitOptions init_options(const json& c) {
  InitOptions options;
  const std::string kind = c["kind"];
  options.kind = kind == "kaiming"  ? Init::kaiming
                 : kind == "xavier" ? Init::xavier
                 : kind == "lecun"  ? Init::lecun
                                    : Init::pytorch;
  options.distribution = c["distribution"] == "normal" ? Distribution::normal : Distribution::uniform;
  return options;
}

double largest_of(const Tensor& t) {
  double largest = 0;
  for (real v : t.values()) largest = std::max(largest, std::abs(double(v)));
  return largest;
}

// Many draws from U(−bound, bound) come close to the bound and do not pass it.
void check_bound(const std::string& name, const std::string& quantity, const Tensor& drawn, double bound) {
  const double largest = largest_of(drawn), rounded = static_cast<real>(bound);
  CHECK_MESSAGE((largest > 0.99 * bound && largest <= std::max(bound, rounded)), name, ": the largest ",
                quantity, " of ", drawn.size(), " is ", largest, ", PyTorch's bound is ", bound);
}

TEST_CASE("golden: batch normalization is PyTorch's for every argument, in training and evaluation") {
  const json file = golden("batchnorm.json");
  REQUIRE(file["cases"].size() == 145);
  for (const json& c : file["cases"]) batchnorm_case(file, c);
}

TEST_CASE("golden: SGD is PyTorch's, step by step") {
  const json file = golden("optim.json");
  REQUIRE(file["sgd"].size() == 20);
  for (const json& c : file["sgd"]) {
    Tensor p = leaf(file["start"]);
    Sgd optimizer({{"p", p}}, {.lr = 1,
                               .momentum = c["momentum"],
                               .dampening = c["dampening"],
                               .nesterov = c["nesterov"],
                               .weight_decay = c["weight_decay"]});
    optimizer_case(file, c, optimizer, p);
  }
}

TEST_CASE("golden: Adam is PyTorch's, step by step") {
  const json file = golden("optim.json");
  REQUIRE(file["adam"].size() == 8);
  for (const json& c : file["adam"]) {
    Tensor p = leaf(file["start"]);
    Adam optimizer({{"p", p}}, {.lr = 1,
                                .beta1 = c["betas"][0],
                                .beta2 = c["betas"][1],
                                .eps = c["eps"],
                                .weight_decay = c["weight_decay"]});
    optimizer_case(file, c, optimizer, p);
  }
}

TEST_CASE("golden: gradient clipping is PyTorch's") {
  const json file = golden("optim.json")["clip"];
  REQUIRE(file["cases"].size() == 3);
  for (const json& c : file["cases"]) {
    std::vector<Parameter> parameters;
    for (const json& gradient : file["gradients"]) {
      parameters.push_back({"p", leaf(gradient)});
      set_gradient(parameters.back().tensor, gradient);
    }
    Sgd optimizer(parameters, {});
    same(c["name"], "the norm before", optimizer.clip_grad_norm(c["max_norm"]), c["norm"]);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      // PyTorch divides by ‖g‖ + 10⁻⁶.
      same(c["name"], "gradient " + std::to_string(i), parameters[i].tensor.grad(), c["gradients"][i], 1e-5);
    }
  }
}

TEST_CASE("golden: initial weights have PyTorch's standard deviations and bounds") {
  const json file = golden("init.json");
  Rng rng(1);
  for (const json& c : file["cases"]) {
    const std::string name = c["name"];
    const Shape shape = shape_of(c["shape"]);
    const InitOptions options = init_options(c);
    const double g = gain(c["activation"].get<std::string>(), c["slope"]);
    same(name, "gain", g, c["gain"]);
    same(name, "fan_in", fans(shape).in, c["fan_in"]);
    same(name, "fan_out", fans(shape).out, c["fan_out"]);
    same(name, "std", init_std(shape, options, g), c["std"]);
    if (!c["bound"].is_null() && shape.size() >= 10000) {
      Tensor weight(shape);
      init_weight(weight, options, g, rng);
      check_bound(name, "weight", weight, c["bound"]);
    }
    if (c.contains("bias_bound")) {
      Tensor bias({10000});
      init_bias(bias, c["fan_in"], options, rng);
      check_bound(name, "bias", bias, c["bias_bound"]);
    }
  }
}

TEST_CASE("golden: drawn initial weights have the standard deviation of those PyTorch drew") {
  const json file = golden("init.json");
  Rng rng(2);
  for (const json& c : file["measured"]) {
    Tensor weight(shape_of(c["shape"]));
    init_weight(weight, init_options(c), c["gain"], rng);
    const double n = static_cast<double>(weight.size());
    double sum = 0, squares = 0;
    for (real w : weight.values()) sum += w, squares += double(w) * w;
    const double mean = sum / n, std = std::sqrt(squares / n - mean * mean);
    // A normal sample's std errs by 1/√2n, a uniform one's by
    // less. Two samples, five deviations: 0.57 % here.
    same(c["name"].get<std::string>(), "measured std", std, c["measured_std"], 5 / std::sqrt(n));
    CHECK_MESSAGE(std::abs(mean) <= 5 * std / std::sqrt(n), c["name"].get<std::string>(), ": the mean is ",
                  mean);
  }
}

TEST_CASE("golden: a new Linear draws weight and bias from PyTorch's ranges") {
  const json file = golden("init.json");
  for (const json& c : file["cases"]) {
    if (c["kind"] != "pytorch" || c["shape"].size() != 2 || c["fan_out"] < 100) continue;
    Linear layer(c["fan_in"], c["fan_out"]);
    check_bound(c["name"], "weight", layer.weight, c["bound"]);
    CHECK(largest_of(layer.bias) > 0.9 * c["bias_bound"].get<double>());
    CHECK(largest_of(layer.bias) <= c["bias_bound"].get<double>());
  }
}

TEST_CASE(
    "golden: cross-entropy and its gradient are PyTorch's, also with large logits and smoothed labels") {
  const json cases = golden("loss.json")["cross_entropy"];
  REQUIRE(cases.size() == 8);
  for (const json& c : cases) {
    Tensor logits = leaf(c["logits"]);
    Labels labels(static_cast<Index>(c["labels"].size()));
    for (Index n = 0; n < labels.size(); ++n) labels[n] = c["labels"][n];
    Tensor loss = softmax_cross_entropy(logits, labels, c["smoothing"]);
    same(c["name"], "loss", loss, c["loss"]);
    loss.backward();
    same(c["name"], "dlogits", logits.grad(), c["dlogits"]);
  }
}

TEST_CASE("golden: the squared error and its gradients are PyTorch's") {
  const json cases = golden("loss.json")["mse"];
  REQUIRE(cases.size() == 3);
  for (const json& c : cases) {
    Tensor a = leaf(c["a"]), b = leaf(c["b"]);
    Tensor loss = mse(a, b);
    same(c["name"], "loss", loss, c["loss"]);
    loss.backward();
    same(c["name"], "da", a.grad(), c["da"]);
    same(c["name"], "db", b.grad(), c["db"]);
  }
}

TEST_CASE("golden: activations and their gradients are PyTorch's, at ±0, tiny and huge inputs too") {
  const json cases = golden("loss.json")["activations"];
  REQUIRE(cases.size() == 19);
  for (const json& c : cases) {
    const std::string function = c["function"];
    Tensor x = leaf(c["x"]);
    Tensor y = function == "relu"         ? relu(x)
               : function == "leaky_relu" ? leaky_relu(x, 0.01)
               : function == "tanh"       ? tanh(x)
                                          : sigmoid(x);
    same(c["name"], "y", y, c["y"]);
    y.backward(tensor(c["dy"]));
    same(c["name"], "dx", x.grad(), c["dx"]);
  }
}

}  // namespace golden_golden_test
}}  // namespace norma
