#include <cmath>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

// What x̂ becomes if a step of it is taken wrongly.
std::vector<Mistake> mistakes_of_xhat(const Tensor& x) {
  const double m = double(x.dim(0));
  const Tensor mean = batch_mean(x), variance = batch_variance(x), zero = Tensor::zeros(mean.shape()),
               one = Tensor::ones(mean.shape());
  const auto root = [](double v) { return std::sqrt(v + large_eps); };
  const Tensor unbiased = each(variance, [m](double v) { return v * m / (m - 1); });
  const View rows{1, x.dim(0), x.dim(1)}, whole{1, 1, x.size()};
  return {
      {normalized_by(x, mean, each(unbiased, root)),
       concat("Your variance is divided by m − 1 (feature 0: ", unbiased[0],
              "); in training BN divides by m (", variance[0],
              "). m − 1 comes back in the running variance: ", "`norma explain conventions`.")},
      {normalized_by(x, mean, each(variance, [](double v) { return std::sqrt(v); })),
       "ε is missing: you divide by √σ², x̂ divides by √(σ² + ε). Without it a feature that is the same in "
       "the whole batch is divided by 0."},
      {normalized_by(x, mean, each(variance, [](double v) { return std::sqrt(v) + large_eps; })),
       "You add ε to σ, outside the root; it belongs to the variance: √(σ² + ε)."},
      {normalized_by(x, mean, each(variance, [](double v) { return v + large_eps; })),
       "You divide by the variance σ² + ε; x̂ divides by its root."},
      {normalized_by(x, mean, one), "You subtract the mean and do not divide by √(σ² + ε)."},
      {normalized_by(x, zero, each(variance, root)),
       "You divide by √(σ² + ε) and do not subtract the mean: x̂ = (x − μ)/√(σ² + ε)."},
      {scale(normalized_by(x, mean, each(variance, root)), -1),
       "Your x̂ has the wrong sign: x̂ is x − μ over √(σ² + ε), you have μ − x."},
      {Tensor::ones(x.shape()), "γ and β have changed places: y = γ x̂ + β, here with γ = 1 and β = 0."},
      {normalize(x, rows, moments(x, rows), large_eps),
       "Your means run along a row, over the features of one example, as LayerNorm's do. BN's run down a "
       "column: one mean per feature, over the examples of the batch (`norma explain view`)."},
      {normalize(x, whole, moments(x, whole), large_eps),
       "You have one mean and variance for all numbers of x; BN has a pair of its own for each feature, that "
       "is, each column."},
  };
}

std::vector<Mistake> mistakes_of_y(const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  const View v = channel_view(x);
  const Tensor shifted = each(beta, [](double b) { return b; });
  for (Index k = 0; k < beta.size(); ++k) shifted[k] *= gamma[k];
  return {
      {normalize(x, v, moments(x, v), large_eps), "x̂ is right, but y is x̂ itself: γ and β are not used."},
      {normalize(x, v, moments(x, v), large_eps, gamma), "β is not added: y = γ x̂ + β."},
      {normalize(x, v, moments(x, v), large_eps, {}, beta), "x̂ is not multiplied by γ: y = γ x̂ + β."},
      {normalize(x, v, moments(x, v), large_eps, beta, gamma), "γ and β have changed places: y = γ x̂ + β."},
      {normalize(x, v, moments(x, v), large_eps, gamma, shifted),
       "You multiply β by γ too: y is γ x̂ + β, not γ (x̂ + β)."},
  };
}

}  // namespace

int grade_forward(const Forward& bn_forward, std::ostream& out) {
  return grade(
      out, "1: the forward of Batch Normalization",
      "The engine's own, for any view: core/normalize.cpp, moments() and forward().", [&](Grader& g) {
        const Tensor x = normals({5, 3}, 1, 2, 3), one = Tensor::ones({3}), zero = Tensor::zeros({3});
        const View view = channel_view(x);
        g.trying("x of shape (5, 3), γ = 1, β = 0");
        g.compare("with γ = 1 and β = 0, y is x̂ = (x − μ)/√(σ² + ε)", "y",
                  bn_forward(x.clone(), one, zero, large_eps),
                  normalize(x, view, moments(x, view), large_eps), mistakes_of_xhat(x));

        const Tensor gamma = normals({3}, 2, 2), beta = normals({3}, 3);
        g.trying("x of shape (5, 3), γ and β per feature");
        g.compare("y = γ x̂ + β, a γ and a β for each feature", "y",
                  bn_forward(x.clone(), gamma.clone(), beta.clone(), large_eps),
                  normalize(x, view, moments(x, view), large_eps, gamma, beta),
                  mistakes_of_y(x, gamma, beta));

        const Tensor still = Tensor::full({4, 3}, 7);
        g.trying("a batch in which each feature is constant");
        g.compare("a feature that is the same in the whole batch becomes β", "y",
                  bn_forward(still, one, beta, 1e-5),
                  normalized_by(still, batch_mean(still), one, one, beta));

        const Tensor far = normals({60, 2}, 4, 10000, 1), ones = Tensor::ones({2}),
                     zeros = Tensor::zeros({2});
        const View far_view = channel_view(far);
        const Tensor expected = normalize(far, far_view, moments(far, far_view), 1e-5);
        g.trying("x of mean 10,000 and deviation 1");
        const Tensor y = bn_forward(far.clone(), ones, zeros, 1e-5);
        if (y.shape() == expected.shape()) {
          const double error = mse(y, expected).item();
          if (!(error < 1e-4)) {
            wrong("For small numbers y is right; for x of mean 10,000 and deviation 1 it is off by ",
                  std::sqrt(error),
                  " on average. σ² = E[x²] − E[x]² takes two large numbers from each other; sum "
                  "(x − μ)², and sum in double: `norma explain variance`.");
          }
        }
        g.compare("it is as right for x of mean 10,000", "y", y, expected, {}, 0.05);
      });
}

}  // namespace exercises
