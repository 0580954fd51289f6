#include "apps/gradient_cases.h"

#include <cmath>

#include "core/normalize.h"
#include "core/ops.h"

namespace norma::inline NORMA_BUILD {
namespace {

using Inputs = std::vector<Tensor>;

// Normal numbers with a gradient; those nearer to 0 than `gap` are moved away from it (for kinks).
Tensor random(const Shape& shape, std::uint64_t seed, double mean = 0, double deviation = 1, double gap = 0) {
  Rng rng(seed);
  Tensor t(shape);
  for (real& v : t.values()) {
    double x = rng.normal(mean, deviation);
    if (std::abs(x) < gap) x += x < 0 ? -gap : gap;
    v = static_cast<real>(x);
  }
  return t.requires_grad(true);
}

Tensor without_gradient(Tensor t) { return t.requires_grad(false); }

// Normalization of x (inputs 0) with γ and β (inputs 1 and 2, perhaps undefined) by the batch's own moments.
Tensor batch_normalize(const Inputs& in, const View& view) {
  return normalize(in[0], view, moments(in[0], view), Through::statistics, 1e-5, in[1], in[2]);
}

GradientCase normalize_case(const std::string& name, const Tensor& x, bool affine = true, double step = 1e-5,
                            double tolerance = 1e-7) {
  const View view = channel_view(x);
  const Tensor gamma = affine ? random({view.kept}, 21, 1, 0.5) : Tensor(),
               beta = affine ? random({view.kept}, 22) : Tensor();
  return {"normalize " + name,
          {x, gamma, beta},
          [view](const Inputs& in) { return batch_normalize(in, view); },
          step,
          tolerance};
}

Tensor with_constant_column() {
  Tensor x = random({5, 3}, 23);
  for (Index n = 0; n < 5; ++n) x[n * 3 + 1] = 0.75;
  return x;
}

}  // namespace

std::vector<GradientCase> gradient_cases() {
  const Labels labels = Labels::from({2, 0, 1, 2});
  std::vector<GradientCase> cases = {
      {"add", {random({3, 4}, 1), random({3, 4}, 2)}, [](const Inputs& in) { return add(in[0], in[1]); }},
      {"sub", {random({3, 4}, 1), random({3, 4}, 2)}, [](const Inputs& in) { return sub(in[0], in[1]); }},
      {"mul", {random({3, 4}, 1), random({3, 4}, 2)}, [](const Inputs& in) { return mul(in[0], in[1]); }},
      {"mul of a tensor with itself", {random({5}, 1)}, [](const Inputs& in) { return mul(in[0], in[0]); }},
      {"a tensor used twice",
       {random({2, 3}, 1)},
       [](const Inputs& in) { return add(tanh(in[0]), mul(in[0], sigmoid(in[0]))); }},
      {"scale", {random({2, 3}, 1)}, [](const Inputs& in) { return scale(in[0], -2.5); }},
      {"sum", {random({2, 3, 2}, 1)}, [](const Inputs& in) { return sum(in[0]); }},
      {"mean", {random({2, 3, 2}, 1)}, [](const Inputs& in) { return mean(in[0]); }},
      {"reshape",
       {random({2, 6}, 1)},
       [](const Inputs& in) {
         return reshape(in[0], {3, 2, 2});
       }},
      {"matmul (3, 4)(4, 2)",
       {random({3, 4}, 1), random({4, 2}, 2)},
       [](const Inputs& in) { return matmul(in[0], in[1]); }},
      {"matmul (1, 1)(1, 1)",
       {random({1, 1}, 1), random({1, 1}, 2)},
       [](const Inputs& in) { return matmul(in[0], in[1]); }},
      {"linear",
       {random({3, 4}, 1), random({2, 4}, 2), random({2}, 3)},
       [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      {"linear without bias",
       {random({3, 4}, 1), random({2, 4}, 2)},
       [](const Inputs& in) { return linear(in[0], in[1]); }},
      {"linear on one sample, one output",
       {random({1, 3}, 1), random({1, 3}, 2), random({1}, 3)},
       [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      {"linear with frozen weights",
       {random({3, 4}, 1), without_gradient(random({2, 4}, 2)), random({2}, 3)},
       [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      {"relu", {random({3, 5}, 1, 0, 1, 0.01)}, [](const Inputs& in) { return relu(in[0]); }},
      {"leaky_relu",
       {random({3, 5}, 1, 0, 1, 0.01)},
       [](const Inputs& in) { return leaky_relu(in[0], 0.2); }},
      {"tanh", {random({3, 5}, 1, 0, 2)}, [](const Inputs& in) { return tanh(in[0]); }},
      {"sigmoid", {random({3, 5}, 1, 0, 3)}, [](const Inputs& in) { return sigmoid(in[0]); }},
      {"dropout, the same units dropped",
       {random({4, 5}, 1)},
       [](const Inputs& in) {
         Rng rng(7);
         return dropout(in[0], 0.4, rng);
       }},
      {"softmax_cross_entropy",
       {random({4, 3}, 1, 0, 2)},
       [labels](const Inputs& in) { return softmax_cross_entropy(in[0], labels); }},
      {"softmax_cross_entropy, smoothing 0.1",
       {random({4, 3}, 1, 0, 2)},
       [labels](const Inputs& in) { return softmax_cross_entropy(in[0], labels, 0.1); }},
      {"mse", {random({3, 4}, 1), random({3, 4}, 2)}, [](const Inputs& in) { return mse(in[0], in[1]); }},
      normalize_case("(6, 4)", random({6, 4}, 11)),
      normalize_case("(4, 3, 5)", random({4, 3, 5}, 12)),
      normalize_case("a batch of 2", random({2, 3}, 13)),
      normalize_case("one channel", random({5, 1}, 14)),
      normalize_case("one sample of many positions", random({1, 2, 6}, 15)),
      normalize_case("a constant column", with_constant_column()),
      normalize_case("without gamma and beta", random({5, 3}, 16), /*affine=*/false),
      // A step of a hundredth of the deviation: a smaller one would drown in the digits of 1e4.
      normalize_case("mean 1e4, deviation 1e-2", random({6, 3}, 17, 1e4, 1e-2), true, 1e-4, 1e-5),
      {"normalize by constants",
       {random({4, 3}, 18), random({3}, 21, 1, 0.5), random({3}, 22)},
       [](const Inputs& in) {
         Moments running{Scratch<double>(3), Scratch<double>(3)};
         for (Index k = 0; k < 3; ++k) {
           running.mean[k] = 0.1 * double(k);
           running.variance[k] = 1 + double(k);
         }
         return normalize(in[0], channel_view(in[0]), std::move(running), Through::constants, 1e-5, in[1],
                          in[2]);
       }},
  };
  append_conv_cases(cases);
  return cases;
}

}  // namespace norma::inline NORMA_BUILD
