#include <cmath>
#include <vector>

#include "core/normalize.h"

namespace norma { inline namespace NORMA_BUILD {

PlainNormalization normalize_plain(const Tensor& x, const View& statistics, double eps, const Tensor& gamma,
                                   const Tensor& beta, const View& affine, const Tensor& dy) {
  const Index n = x.size();
  const double m = static_cast<double>(statistics.count());
  auto k = [&](Index i) { return statistics.index(i); };
  auto g = [&](Index i) { return gamma.defined() ? double(gamma[affine.index(i)]) : 1; };
  auto b = [&](Index i) { return beta.defined() ? double(beta[affine.index(i)]) : 0; };

  // Forwards: Algorithm 1 of Ioffe & Szegedy (2015)
  std::vector<double> mu(statistics.kept), var(statistics.kept), xhat(n);
  for (Index i = 0; i < n; ++i) mu[k(i)] += x[i] / m;                           // μ = 1/m Σ x
  for (Index i = 0; i < n; ++i) var[k(i)] += std::pow(x[i] - mu[k(i)], 2) / m;  // σ² = 1/m Σ (x − μ)²
  for (Index i = 0; i < n; ++i) xhat[i] = (x[i] - mu[k(i)]) / std::sqrt(var[k(i)] + eps);
  PlainNormalization result{std::vector<double>(n), std::vector<double>(n), std::vector<double>(affine.kept),
                            std::vector<double>(affine.kept)};
  auto& [y, dx, dgamma, dbeta] = result;
  for (Index i = 0; i < n; ++i) y[i] = g(i) * xhat[i] + b(i);

  // Backwards: the chain rule, an element at a time
  std::vector<double> dvar(statistics.kept), dmu(statistics.kept);
  for (Index i = 0; i < n; ++i) {
    dgamma[affine.index(i)] += dy[i] * xhat[i];
    dbeta[affine.index(i)] += dy[i];
    const double dxhat = g(i) * dy[i], istd = 1 / std::sqrt(var[k(i)] + eps);
    dvar[k(i)] += dxhat * (x[i] - mu[k(i)]) * -0.5 * std::pow(istd, 3);
    dmu[k(i)] += -dxhat * istd;  // and −2 dσ²/m Σ (x − μ), which is 0
  }
  for (Index i = 0; i < n; ++i) {
    dx[i] =
        g(i) * dy[i] / std::sqrt(var[k(i)] + eps) + dvar[k(i)] * 2 * (x[i] - mu[k(i)]) / m + dmu[k(i)] / m;
  }
  return result;
}

}}  // namespace norma
