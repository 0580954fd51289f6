#include "apps/checks/gradient_cases.h"

#include <cmath>

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Inputs = std::vector<Tensor>;

Tensor without_gradient(Tensor t) { return t.set_requires_grad(false); }

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
  const Labels labels = Labels::from({2, 0, 1, 2});
  std::vector<GradientCase> cases = {
      {"add",
       {random_leaf({3, 4}, 1), random_leaf({3, 4}, 2)},
       [](const Inputs& in) { return add(in[0], in[1]); }},
      {"sub",
       {random_leaf({3, 4}, 1), random_leaf({3, 4}, 2)},
       [](const Inputs& in) { return sub(in[0], in[1]); }},
      {"mul",
       {random_leaf({3, 4}, 1), random_leaf({3, 4}, 2)},
       [](const Inputs& in) { return mul(in[0], in[1]); }},
      {"mul of a tensor with itself",
       {random_leaf({5}, 1)},
       [](const Inputs& in) { return mul(in[0], in[0]); }},
      {"a tensor used twice",
       {random_leaf({2, 3}, 1)},
       [](const Inputs& in) { return add(tanh(in[0]), mul(in[0], sigmoid(in[0]))); }},
      {"scale", {random_leaf({2, 3}, 1)}, [](const Inputs& in) { return scale(in[0], -2.5); }},
      {"sum", {random_leaf({2, 3, 2}, 1)}, [](const Inputs& in) { return sum(in[0]); }},
      {"mean", {random_leaf({2, 3, 2}, 1)}, [](const Inputs& in) { return mean(in[0]); }},
      {"reshape",
       {random_leaf({2, 6}, 1)},
       [](const Inputs& in) {
         return reshape(in[0], {3, 2, 2});
       }},
      {"matmul (3, 4)(4, 2)",
       {random_leaf({3, 4}, 1), random_leaf({4, 2}, 2)},
       [](const Inputs& in) { return matmul(in[0], in[1]); }},
      {"matmul (1, 1)(1, 1)",
       {random_leaf({1, 1}, 1), random_leaf({1, 1}, 2)},
       [](const Inputs& in) { return matmul(in[0], in[1]); }},
      {"linear",
       {random_leaf({3, 4}, 1), random_leaf({2, 4}, 2), random_leaf({2}, 3)},
       [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      {"linear without bias",
       {random_leaf({3, 4}, 1), random_leaf({2, 4}, 2)},
       [](const Inputs& in) { return linear(in[0], in[1]); }},
      {"linear on one sample, one output",
       {random_leaf({1, 3}, 1), random_leaf({1, 3}, 2), random_leaf({1}, 3)},
       [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      {"linear with frozen weights",
       {random_leaf({3, 4}, 1), without_gradient(random_leaf({2, 4}, 2)), random_leaf({2}, 3)},
       [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      {"relu", {random_leaf({3, 5}, 1, 0, 1, 0.01)}, [](const Inputs& in) { return relu(in[0]); }},
      {"leaky_relu",
       {random_leaf({3, 5}, 1, 0, 1, 0.01)},
       [](const Inputs& in) { return leaky_relu(in[0], 0.2); }},
      {"tanh", {random_leaf({3, 5}, 1, 0, 2)}, [](const Inputs& in) { return tanh(in[0]); }},
      {"sigmoid", {random_leaf({3, 5}, 1, 0, 3)}, [](const Inputs& in) { return sigmoid(in[0]); }},
      {"dropout, the same units dropped",
       {random_leaf({4, 5}, 1)},
       [](const Inputs& in) {
         Rng rng(7);
         return dropout(in[0], 0.4, rng);
       }},
      {"softmax_cross_entropy",
       {random_leaf({4, 3}, 1, 0, 2)},
       [labels](const Inputs& in) { return softmax_cross_entropy(in[0], labels); }},
      {"softmax_cross_entropy, smoothing 0.1",
       {random_leaf({4, 3}, 1, 0, 2)},
       [labels](const Inputs& in) { return softmax_cross_entropy(in[0], labels, 0.1); }},
      {"mse",
       {random_leaf({3, 4}, 1), random_leaf({3, 4}, 2)},
       [](const Inputs& in) { return mse(in[0], in[1]); }},
  };
  append_conv_cases(cases);
  append_normalization_cases(cases);
  return cases;
}

}}  // namespace norma
