#include <cmath>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

// For each feature the sum of a b over the batch, times `factor`; a and b (N, C).
Tensor sums(const Tensor& a, const Tensor& b, double factor = 1) {
  Tensor result = Tensor::zeros({a.dim(1)});
  for (Index i = 0; i < a.size(); ++i)
    result[i % a.dim(1)] += static_cast<real>(factor * double(a[i]) * b[i]);
  return result;
}

}  // namespace

int grade_affine_gradients(const AffineGradients& bn_affine_gradients, std::ostream& out) {
  return grade(
      out, "2: the gradients of γ and β", "The engine's own: core/normalize.cpp, affine_gradients().",
      [&](Grader& g) {
        const Index m = 6, C = 4;
        const double eps = large_eps;
        const Tensor x = normals({m, C}, 1, 2, 3), dy = normals({m, C}, 2, 0.3), ones = Tensor::ones({m, C});
        const Tensor mean = batch_mean(x), variance = batch_variance(x), one = Tensor::ones({C});
        const auto deviation = each(variance, [&](double v) { return std::sqrt(v + eps); });
        const auto unbiased = each(variance, [&](double v) { return std::sqrt(v * m / (m - 1) + eps); });
        const auto bare = each(variance, [&](double v) { return std::sqrt(v); });
        const Tensor xhat = normalized_by(x, mean, deviation), dgamma = sums(dy, xhat),
                     dbeta = sums(dy, ones);

        g.trying("x and dy of shape (6, 4)");
        const auto [got_dgamma, got_dbeta] = bn_affine_gradients(x.clone(), dy.clone(), eps);
        g.compare(
            "dβ = Σ dy: β shifts every y of its feature by as much", "dbeta", got_dbeta, dbeta,
            {{dgamma, "You return dβ first; expected {dγ, dβ}."},
             {sums(dy, ones, 1.0 / m),
              "Your dβ is the mean of dy. dy already holds the loss's 1/N; β gets the sum of what all y pass "
              "on: dβ = Σ dy."},
             {Tensor::full({C}, m), "You sum 1 over the batch, that is ∂y/∂β without dy: dβ = Σ dy · 1."},
             {sums(ones, dy, -1), "Your dβ has the wrong sign: y = … + β, so ∂y/∂β = 1."}});
        g.compare(
            "dγ = Σ dy x̂", "dgamma", got_dgamma, dgamma,
            {{sums(dy, x), "Your dγ multiplies dy by x. γ is the factor of x̂, so ∂y/∂γ = x̂: dγ = Σ dy x̂."},
             {sums(dy, xhat, 1.0 / m),
              "Your dγ is a mean over the batch. dy already holds the loss's 1/N; γ gets the sum: dγ = Σ dy "
              "x̂."},
             {sums(dy, normalized_by(x, mean, one)),
              "Your dγ is Σ dy (x − μ), without the division: x̂ = (x − μ)/√(σ² + ε)."},
             {Tensor::zeros({C}),
              "Your dγ is 0, as the sum of x̂ is, whatever x: without dy nothing is left. dγ = Σ dy x̂."},
             {dbeta, "Your dγ is dβ: ∂y/∂γ is x̂, not 1."},
             {sums(dy, normalized_by(x, mean, unbiased)),
              "Your x̂ divides by the variance with m − 1; the forward divides by m."},
             {sums(dy, normalized_by(x, mean, bare)), "Your x̂ lacks ε: x̂ = (x − μ)/√(σ² + ε)."}});
      });
}

}  // namespace exercises
