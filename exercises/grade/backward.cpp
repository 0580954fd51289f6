#include <cmath>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

// γ/divisor (dy − a ⟨dy⟩ − b x̂ ⟨dy x̂⟩) with x̂ = (x − μ)/deviation: right if a = b = 1, with γ, and if
// both divisors are √(σ² + ε).
struct Parts {
  double a = 1, b = 1;
  bool gamma = true;
};

Tensor gradient(const Tensor& x, const Tensor& gamma, const Tensor& dy, const Tensor& deviation,
                const Tensor& divisor, const Parts& parts) {
  const Index N = x.dim(0), C = x.dim(1);
  const Tensor xhat = normalized_by(x, batch_mean(x), deviation);
  Tensor dx(x.shape());
  for (Index k = 0; k < C; ++k) {
    double mean_dy = 0, mean_dy_xhat = 0;
    for (Index n = 0; n < N; ++n) {
      const Index i = n * C + k;
      mean_dy += double(dy[i]) / double(N);
      mean_dy_xhat += double(dy[i]) * xhat[i] / double(N);
    }
    const double g = parts.gamma ? gamma[k] : 1;
    for (Index n = 0; n < N; ++n) {
      const Index i = n * C + k;
      const double inner = dy[i] - parts.a * mean_dy - parts.b * xhat[i] * mean_dy_xhat;
      dx[i] = static_cast<real>(g / divisor[k] * inner);
    }
  }
  return dx;
}

std::vector<Mistake> known_mistakes(const Tensor& x, const Tensor& gamma, const Tensor& dy, double eps) {
  const double m = double(x.dim(0));
  const auto root = [&](double v) { return std::sqrt(v + eps); };
  const Tensor variance = batch_variance(x), s = each(variance, root),
               bare = each(variance, [](double v) { return std::sqrt(v); }),
               squared = each(variance, [&](double v) { return v + eps; }),
               unbiased = each(variance, [&](double v) { return root(v * m / (m - 1)); }),
               one = Tensor::ones(variance.shape());
  const auto with = [&](const Parts& parts) { return gradient(x, gamma, dy, s, s, parts); };
  return {
      {with({0, 0, true}),
       "Your dx is γ/σ dy: it takes μ and σ² for constants. But each x moves the mean and the variance of its "
       "batch, and through them all other x̂; this adds two terms, −⟨dy⟩ and −x̂ ⟨dy x̂⟩ (`norma explain "
       "backward`)."},
      {with({1, 0, true}),
       "Your dx leaves out the term through σ²: −x̂ ⟨dy x̂⟩. A larger x also makes σ² larger, which draws all "
       "x̂ nearer to 0."},
      {with({0, 1, true}),
       "Your dx leaves out the term through μ: −⟨dy⟩. A larger x also moves the mean, which every other x̂ "
       "subtracts."},
      {with({m, m, true}),
       "Your dx subtracts sums where it should subtract means: ⟨dy⟩ is 1/m Σ dy, and ⟨dy x̂⟩ likewise."},
      {with({m, 1, true}), "Your dx subtracts Σ dy where it should subtract the mean, ⟨dy⟩ = 1/m Σ dy."},
      {with({1, m, true}),
       "Your dx subtracts x̂ Σ dy x̂ where it should subtract x̂ ⟨dy x̂⟩, with the mean 1/m Σ dy x̂."},
      {with({1, -1, true}), "The term through σ² has the wrong sign: it is −x̂ ⟨dy x̂⟩."},
      {with({-1, 1, true}), "The term through μ has the wrong sign: it is −⟨dy⟩."},
      {with({1, 1, false}), "γ is missing: x̂ reaches y through γ, so dx̂ = γ dy."},
      {gradient(x, gamma, dy, s, one, {}), "Your dx is not divided by √(σ² + ε)."},
      {gradient(x, gamma, dy, s, squared, {}), "Your dx is divided by σ² + ε; expected its root."},
      {gradient(x, gamma, dy, bare, bare, {}), "ε is missing: in the backward, too, σ stands for √(σ² + ε)."},
      {gradient(x, gamma, dy, unbiased, unbiased, {}),
       "Your variance is divided by m − 1; the forward divides by m, so its gradient must."},
  };
}

}  // namespace

int grade_backward(const Backward& bn_backward, std::ostream& out) {
  return grade(
      out, "3: the backward in one line",
      "The engine's own: core/normalize.cpp, input_gradient(). Each column of your dx sums to 0, because a shift of "
      "x changes no y.",
      [&](Grader& g) {
        const auto compare = [&](const std::string& what, const Shape& shape, double eps) {
          const Tensor x = normals(shape, 1, 2, 3), gamma = normals({shape[1]}, 2, 2),
                       dy = normals(shape, 3, 0.5);
          const View view = channel_view(x);
          Tensor leaf = x.clone();
          leaf.set_requires_grad(true);
          normalize(leaf, view, moments(leaf, view), eps, gamma).backward(dy);
          g.trying(what);
          g.compare(what, "dx", bn_backward(x.clone(), gamma.clone(), dy.clone(), eps), leaf.grad(),
                    known_mistakes(x, gamma, dy, eps));
        };
        compare("6 examples of 3 features: dx is what autograd finds", {6, 3}, large_eps);
        compare("60 examples of 5 features and ε = 10⁻⁵ likewise", {60, 5}, 1e-5);
      });
}

}  // namespace exercises
