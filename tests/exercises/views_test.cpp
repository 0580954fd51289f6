// Exercise 6: the engine solves it, and what others have written instead is named.
#include <norma/core/normalize.h>
#include <norma/layers/groupnorm.h>
#include <norma/layers/layernorm.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_views_test {

using namespace norma;

std::string wrong(const LayerNormFunction& layer_norm, const GroupNormFunction& group_norm) {
  return wrong_in([&](std::ostream& out) { return grade_views(layer_norm, group_norm, out); });
}

Tensor by(const Tensor& x, const View& statistics, const Tensor& gamma, const Tensor& beta,
          const View& affine, double eps) {
  return normalize(x, statistics, moments(x, statistics), eps, gamma, beta, affine);
}

// The engine's layers.
Tensor layer(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  LayerNorm ln({x.dim(1)}, {.eps = eps});
  ln.weight.copy_from(gamma);
  ln.bias.copy_from(beta);
  return ln(x);
}
Tensor group(const Tensor& x, Index groups, const Tensor& gamma, const Tensor& beta, double eps) {
  GroupNorm gn(groups, x.dim(1), {.eps = eps});
  gn.weight.copy_from(gamma);
  gn.bias.copy_from(beta);
  return gn(x);
}

TEST_CASE("exercise 6: the engine's layers and a student's views are right") {
  CHECK(wrong(layer, group) == "");
  CHECK(wrong(
            [](const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
              const Index N = x.dim(0), D = x.dim(1);
              return by(x, {1, N, D}, gamma, beta, {N, D, 1}, eps);
            },
            [](const Tensor& x, Index groups, const Tensor& gamma, const Tensor& beta, double eps) {
              const Index N = x.dim(0), C = x.dim(1), S = x.dim(2);
              return by(x, {1, N * groups, C / groups * S}, gamma, beta, {N, C, S}, eps);
            }) == "");
  CHECK(begins(wrong([](auto&&...) { return Tensor(); }, group), "y is still empty"));
  CHECK(begins(wrong(layer, [](auto&&...) { return Tensor(); }), "y is still empty"));
}

TEST_CASE("exercise 6: wrong views of LayerNorm are named") {
  const auto says = [](const std::function<View(Index, Index)>& statistics,
                       const std::function<View(Index, Index)>& affine, const std::string& start) {
    return begins(wrong(
                      [&](const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
                        const Index N = x.dim(0), D = x.dim(1);
                        return by(x, statistics(N, D), gamma, beta, affine(N, D), eps);
                      },
                      group),
                  start);
  };
  const auto rows = [](Index N, Index D) { return View{1, N, D}; };
  const auto columns = [](Index N, Index D) { return View{N, D, 1}; };
  CHECK(says(columns, columns, "That is Batch Normalization: your means run down the columns."));
  CHECK(says(
      [](Index N, Index D) {
        return View{1, 1, N * D};
      },
      columns, "You keep one mean for the whole batch"));
  CHECK(says(rows, rows, "γ and β have another view than mean and variance"));
  CHECK(begins(wrong([](const Tensor& x, const Tensor& gamma, const Tensor& beta,
                        double eps) { return layer(x, beta, gamma, eps); },
                     group),
               "γ and β have changed places"));
  CHECK(begins(wrong([](const Tensor& x, const Tensor& gamma, const Tensor&,
                        double eps) { return layer(x, gamma, Tensor::zeros(gamma.shape()), eps); },
                     group),
               "β is not added"));
  CHECK(begins(wrong(
                   [](const Tensor& x, const Tensor& gamma, const Tensor&, double eps) {
                     return layer(x, Tensor::ones(gamma.shape()), Tensor::zeros(gamma.shape()), eps);
                   },
                   group),
               "x̂ is right, but γ and β are not used."));
}

TEST_CASE("exercise 6: wrong views of GroupNorm are named") {
  const auto says = [](const std::function<View(Index, Index, Index, Index)>& statistics,
                       const std::string& start) {
    return begins(
        wrong(layer,
              [&](const Tensor& x, Index groups, const Tensor& gamma, const Tensor& beta, double eps) {
                const Index N = x.dim(0), C = x.dim(1), S = x.dim(2);
                return by(x, statistics(N, C, S, groups), gamma, beta, {N, C, S}, eps);
              }),
        start);
  };
  CHECK(says([](Index N, Index C, Index S, Index) { return View{N, C, S}; }, "That is Batch Normalization"));
  CHECK(says([](Index N, Index C, Index S, Index) { return View{1, N * C, S}; }, "That is InstanceNorm"));
  CHECK(says([](Index N, Index C, Index S, Index) { return View{1, N, C * S}; }, "That is LayerNorm"));
  CHECK(says(
      [](Index N, Index C, Index S, Index G) {
        return View{N, G, C / G * S};
      },
      "Your groups share their mean with the same group of the other images"));
  CHECK(says(
      [](Index N, Index C, Index S, Index G) {
        return View{1, N * G, C * S};
      },
      "An exception ended your code, at: group_norm of x (2, 6, 5) in 3 groups. It says: moments: "));
  CHECK(begins(wrong(layer,
                     [](const Tensor& x, Index groups, const Tensor& gamma, const Tensor&, double eps) {
                       return group(x, groups, Tensor::ones(gamma.shape()), Tensor::zeros(gamma.shape()),
                                    eps);
                     }),
               "x̂ is right, but γ and β are not used."));
}

TEST_CASE("exercise 6: groups of every G-th channel, and values without a gradient, are named") {
  CHECK(begins(wrong(layer,
                     [](const Tensor& x, Index groups, const Tensor& gamma, const Tensor& beta, double eps) {
                       const Index N = x.dim(0), C = x.dim(1), S = x.dim(2);
                       Tensor y(x.shape());
                       for (Index n = 0; n < N; ++n) {
                         for (Index g = 0; g < groups; ++g) {
                           double mean = 0, variance = 0, m = double(C / groups * S);
                           const auto each = [&](const auto& f) {
                             for (Index c = g; c < C; c += groups)
                               for (Index s = 0; s < S; ++s) f((n * C + c) * S + s, c);
                           };
                           each([&](Index i, Index) { mean += x[i] / m; });
                           each([&](Index i, Index) { variance += std::pow(x[i] - mean, 2) / m; });
                           each([&](Index i, Index c) {
                             y[i] = static_cast<real>(gamma[c] * (x[i] - mean) / std::sqrt(variance + eps) +
                                                      beta[c]);
                           });
                         }
                       }
                       return y;
                     }),
               "Your groups take every G-th channel"));
  CHECK(begins(wrong([](auto&&... in) { return layer(in...).detach(); }, group),
               "The values of layer_norm are right, but no gradient can flow back"));
  CHECK(begins(wrong(layer, [](auto&&... in) { return group(in...).detach(); }),
               "The values of group_norm are right, but no gradient can flow back"));
}

}}  // namespace exercises::exercises_views_test
