// The gradients of every normalization: views, pieces and reparametrized weights.
#include "apps/checks/gradient_cases.h"
#include "core/normalize.h"
#include "core/normalize_parts.h"
#include "core/ops.h"
#include "core/reparametrize.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Inputs = std::vector<Tensor>;

// Normalization of x (inputs 0) with γ and β (inputs 1 and 2, perhaps undefined) by its own moments.
GradientCase normalize_case(const std::string& name, const Tensor& x, const View& statistics,
                            const View& affine, bool with_affine = true, double step = 1e-5,
                            double tolerance = 1e-7) {
  const Tensor gamma = with_affine ? random_leaf({affine.kept}, 21, 1, 0.5) : Tensor(),
               beta = with_affine ? random_leaf({affine.kept}, 22) : Tensor();
  return {"normalize " + name,
          {x, gamma, beta},
          [=](const Inputs& in) {
            return normalize(in[0], statistics, moments(in[0], statistics), 1e-5, in[1], in[2], affine);
          },
          step,
          tolerance};
}

GradientCase channels(const std::string& name, const Tensor& x, bool with_affine = true, double step = 1e-5,
                      double tolerance = 1e-7) {
  return normalize_case(name, x, channel_view(x), channel_view(x), with_affine, step, tolerance);
}

Tensor with_constant_column() {
  Tensor x = random_leaf({5, 3}, 23);
  for (Index n = 0; n < 5; ++n) x[n * 3 + 1] = 0.75;
  return x;
}

// γ (r x̂ + d) + β with r and d held, as BatchRenorm computes it.
Tensor renormalize(const Inputs& in) {
  const View view = channel_view(in[0]);
  const Tensor r = Tensor::from({3}, {0.5, 1.5, 2}), d = Tensor::from({3}, {0.25, -1, 3});
  return normalize(in[0], view, moments(in[0], view), 1e-5, mul(in[1], r), add(mul(in[1], d), in[2]));
}

Tensor by_constants(const Inputs& in) {
  Moments running{Scratch<double>(3), Scratch<double>(3), /*constant=*/true};
  for (Index k = 0; k < 3; ++k) {
    running.mean[k] = 0.1 * double(k);
    running.variance[k] = 1 + double(k);
  }
  return normalize(in[0], channel_view(in[0]), running, 1e-5, in[1], in[2]);
}

Tensor with_relu(const Inputs& in) {
  const View view = channel_view(in[0]);
  return normalize(in[0], view, moments(in[0], view), 1e-5, in[1], in[2], view, /*relu=*/true);
}

Tensor by_divisor(const Inputs& in) {
  const Tensor mean = Tensor::from({3}, {0, 0.1, 0.2}), divisor = Tensor::from({3}, {1, 2, 0.5});
  return normalize_by(in[0], channel_view(in[0]), doubles(mean), doubles(divisor), in[1], in[2]);
}

// W/σ with u and v held, as SpectralNorm computes it.
Tensor spectral(const Inputs& in) {
  const View view = weight_view(in[0], 0);
  const Tensor u = Tensor::from({3}, {0.6, 0, 0.8}), v = Tensor::from({4}, {0.5, -0.5, 0.5, 0.5});
  return scale_shift(in[0], View{1, 1, 12}, reciprocal(bilinear(in[0], view, u, v)));
}

std::vector<GradientCase> view_cases() {
  return {
      channels("(6, 4)", random_leaf({6, 4}, 11)),
      channels("(4, 3, 5)", random_leaf({4, 3, 5}, 12)),
      channels("(2, 3, 2, 2, 5)", random_leaf({2, 3, 2, 2, 5}, 12)),
      channels("a batch of 2", random_leaf({2, 3}, 13)),
      channels("one channel", random_leaf({5, 1}, 14)),
      channels("one sample of many positions", random_leaf({1, 2, 6}, 15)),
      channels("a constant column", with_constant_column()),
      channels("without gamma and beta", random_leaf({5, 3}, 16), /*with_affine=*/false),
      // A step of a hundredth of the deviation: a smaller one would drown in the digits of 1e4.
      channels("mean 1e4, deviation 1e-2", random_leaf({6, 3}, 17, 1e4, 1e-2), true, 1e-4, 1e-5),
      {"normalize by constants",
       {random_leaf({4, 3}, 18), random_leaf({3}, 21, 1, 0.5), random_leaf({3}, 22)},
       by_constants},
      {"normalize, then relu",
       {random_leaf({4, 3, 5}, 12), random_leaf({3}, 21, 1, 0.5), random_leaf({3}, 22)},
       with_relu},
      {"normalize_by a constant mean and divisor",
       {random_leaf({4, 3}, 18), random_leaf({3}, 21, 1, 0.5), random_leaf({3}, 22)},
       by_divisor},
      normalize_case("layer norm", random_leaf({4, 6}, 31), {1, 4, 6}, {4, 6, 1}),
      normalize_case("layer norm over (3, 2)", random_leaf({2, 3, 2}, 32), {1, 2, 6}, {2, 6, 1}),
      normalize_case("group norm, 2 groups of (3, 4, 5)", random_leaf({3, 4, 5}, 33), {1, 6, 10}, {3, 4, 5}),
      normalize_case("group norm of (3, 4)", random_leaf({3, 4}, 34), {1, 6, 2}, {3, 4, 1}, true, 1e-5, 1e-6),
      normalize_case("instance norm", random_leaf({3, 2, 5}, 35), {1, 6, 5}, {3, 2, 5}),
      {"batch renorm, r and d held",
       {random_leaf({5, 3}, 36), random_leaf({3}, 21, 1, 0.5), random_leaf({3}, 22)},
       renormalize},
  };
}

std::vector<GradientCase> part_cases() {
  const View rows_of_6{4, 3, 2};
  return {
      {"center", {random_leaf({4, 3, 2}, 37)}, [=](const Inputs& in) { return center(in[0], rows_of_6); }},
      {"spread l1",
       {random_leaf({4, 3, 2}, 38, 0, 1, 0.01)},
       [=](const Inputs& in) { return spread(in[0], rows_of_6, Spread::l1); }},
      {"spread linf",
       {random_leaf({4, 3, 2}, 39, 0, 1, 0.01)},
       [=](const Inputs& in) { return spread(in[0], rows_of_6, Spread::linf); }},
      {"scale_shift",
       {random_leaf({4, 3, 2}, 40), random_leaf({3}, 41), random_leaf({3}, 42)},
       [=](const Inputs& in) { return scale_shift(in[0], rows_of_6, in[1], in[2]); }},
      {"reciprocal",
       {random_leaf({3, 4}, 43, 3, 0.5)},
       [](const Inputs& in) { return reciprocal(in[0], 0.5); }},
      {"local_response_norm, size 3",
       {random_leaf({2, 5, 3}, 44)},
       [](const Inputs& in) { return local_response_norm(in[0], 3, 0.5, 0.75, 1); }},
      {"local_response_norm, size 4",
       {random_leaf({2, 5}, 45)},
       [](const Inputs& in) { return local_response_norm(in[0], 4, 0.9, 0.5, 2); }},
  };
}

std::vector<GradientCase> weight_cases() {
  return {
      {"weight_norm, dim 0",
       {random_leaf({3, 4}, 46), random_leaf({3, 1}, 47)},
       [](const Inputs& in) { return weight_norm(in[0], in[1], weight_view(in[0], 0)); }},
      {"weight_norm, dim 1",
       {random_leaf({2, 3, 2}, 48), random_leaf({1, 3, 1}, 49)},
       [](const Inputs& in) { return weight_norm(in[0], in[1], weight_view(in[0], 1)); }},
      {"weight_norm, one norm",
       {random_leaf({3, 4}, 50), random_leaf({1}, 51)},
       [](const Inputs& in) { return weight_norm(in[0], in[1], weight_view(in[0], -1)); }},
      {"bilinear, u and v held",
       {random_leaf({3, 4}, 53)},
       [](const Inputs& in) {
         const Tensor u = Tensor::from({3}, {0.6, 0, 0.8}), v = Tensor::from({4}, {0.5, -0.5, 0.5, 0.5});
         return bilinear(in[0], weight_view(in[0], 0), u, v);
       }},
      {"spectral norm, u and v held", {random_leaf({3, 4}, 52, 0.5)}, spectral},
  };
}

}  // namespace

std::vector<GradientCase> normalization_cases() {
  std::vector<GradientCase> cases = view_cases();
  for (const auto& group : {part_cases(), weight_cases()})
    cases.insert(cases.end(), group.begin(), group.end());
  return cases;
}

}}  // namespace norma
