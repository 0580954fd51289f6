#include "apps/checks/gradient_cases.h"

#include <cmath>

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Inputs = std::vector<Tensor>;

Tensor without_gradient(Tensor t) { return t.set_requires_grad(false); }

GradientCase unary(const std::string& name, const Tensor& x, Tensor (*f)(const Tensor&)) {
  return {name, {x}, [f](const Inputs& in) { return f(in[0]); }};
}

GradientCase binary(const std::string& name, const Tensor& a, const Tensor& b,
                    Tensor (*f)(const Tensor&, const Tensor&)) {
  return {name, {a, b}, [f](const Inputs& in) { return f(in[0], in[1]); }};
}

GradientCase linear_case(const std::string& name, const Tensor& x, const Tensor& W, const Tensor& b = {}) {
  return {name, {x, W, b}, [](const Inputs& in) { return linear(in[0], in[1], in[2]); }};
}

std::vector<GradientCase> arithmetic_cases() {
  return {
      binary("add", random_leaf({3, 4}, 1), random_leaf({3, 4}, 2), add),
      binary("add_relu", random_leaf({3, 4}, 1), random_leaf({3, 4}, 2), add_relu),
      binary("sub", random_leaf({3, 4}, 1), random_leaf({3, 4}, 2), sub),
      binary("mul", random_leaf({3, 4}, 1), random_leaf({3, 4}, 2), mul),
      {"mul of a tensor with itself",
       {random_leaf({5}, 1)},
       [](const Inputs& in) { return mul(in[0], in[0]); }},
      {"a tensor used twice",
       {random_leaf({2, 3}, 1)},
       [](const Inputs& in) { return add(tanh(in[0]), mul(in[0], sigmoid(in[0]))); }},
      {"scale", {random_leaf({2, 3}, 1)}, [](const Inputs& in) { return scale(in[0], -2.5); }},
  };
}

std::vector<GradientCase> product_cases() {
  return {
      unary("sum", random_leaf({2, 3, 2}, 1), sum),
      unary("mean", random_leaf({2, 3, 2}, 1), mean),
      {"reshape",
       {random_leaf({2, 6}, 1)},
       [](const Inputs& in) {
         return reshape(in[0], {3, 2, 2});
       }},
      binary("matmul (3, 4)(4, 2)", random_leaf({3, 4}, 1), random_leaf({4, 2}, 2), matmul),
      binary("matmul (1, 1)(1, 1)", random_leaf({1, 1}, 1), random_leaf({1, 1}, 2), matmul),
      linear_case("linear", random_leaf({3, 4}, 1), random_leaf({2, 4}, 2), random_leaf({2}, 3)),
      linear_case("linear without bias", random_leaf({3, 4}, 1), random_leaf({2, 4}, 2)),
      linear_case("linear on one sample, one output", random_leaf({1, 3}, 1), random_leaf({1, 3}, 2),
                  random_leaf({1}, 3)),
      linear_case("linear with frozen weights", random_leaf({3, 4}, 1),
                  without_gradient(random_leaf({2, 4}, 2)), random_leaf({2}, 3)),
  };
}

std::vector<GradientCase> activation_cases() {
  return {
      unary("relu", random_leaf({3, 5}, 1, 0, 1, 0.01), relu),
      {"leaky_relu",
       {random_leaf({3, 5}, 1, 0, 1, 0.01)},
       [](const Inputs& in) { return leaky_relu(in[0], 0.2); }},
      unary("tanh", random_leaf({3, 5}, 1, 0, 2), tanh),
      unary("sigmoid", random_leaf({3, 5}, 1, 0, 3), sigmoid),
      {"dropout, the same units dropped",
       {random_leaf({4, 5}, 1)},
       [](const Inputs& in) {
         Rng rng(7);
         return dropout(in[0], 0.4, rng);
       }},
  };
}

std::vector<GradientCase> loss_cases() {
  const Labels labels = Labels::from({2, 0, 1, 2});
  return {
      {"softmax_cross_entropy",
       {random_leaf({4, 3}, 1, 0, 2)},
       [labels](const Inputs& in) { return softmax_cross_entropy(in[0], labels); }},
      {"softmax_cross_entropy, smoothing 0.1",
       {random_leaf({4, 3}, 1, 0, 2)},
       [labels](const Inputs& in) { return softmax_cross_entropy(in[0], labels, 0.1); }},
      binary("mse", random_leaf({3, 4}, 1), random_leaf({3, 4}, 2), mse),
  };
}

}  // namespace

Tensor random_leaf(const Shape& shape, std::uint64_t seed, double mean, double deviation, double gap) {
  Rng rng(seed);
  Tensor t(shape);
  for (real& v : t.values()) {
    double x = rng.normal(mean, deviation);
    if (std::abs(x) < gap) x += x < 0 ? -gap : gap;
    v = static_cast<real>(x);
  }
  return t.set_requires_grad(true);
}

std::vector<GradientCase> gradient_cases() {
  std::vector<GradientCase> cases;
  for (const auto& group : {arithmetic_cases(), product_cases(), activation_cases(), loss_cases(),
                            conv_cases(), normalization_cases()})
    cases.insert(cases.end(), group.begin(), group.end());
  return cases;
}

}}  // namespace norma
