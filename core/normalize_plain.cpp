#include "core/normalize_plain.h"

#include <cmath>

namespace norma { inline namespace NORMA_BUILD {

PlainNormalization normalize_plain(const Tensor& x, const View& statistics, double eps, const Tensor& gamma,
                                   const Tensor& beta, const View& affine, const Tensor& dy) {
  const Index n = x.size();
  const double m = static_cast<double>(statistics.count());
  PlainNormalization result{std::vector<double>(n), std::vector<double>(n), std::vector<double>(affine.kept),
                            std::vector<double>(affine.kept)};
  auto& [y, dx, dgamma, dbeta] = result;

  // Forwards: Algorithm 1 of Ioffe & Szegedy (2015)
  std::vector<double> mean(statistics.kept), variance(statistics.kept), xhat(n), dxhat(n);
  for (Index i = 0; i < n; ++i) mean[statistics.index(i)] += x[i] / m;  // μ = 1/m Σ x
  for (Index i = 0; i < n; ++i) {
    const Index k = statistics.index(i);
    variance[k] += std::pow(x[i] - mean[k], 2) / m;  // σ² = 1/m Σ (x − μ)²
  }
  for (Index i = 0; i < n; ++i) {
    const Index k = statistics.index(i), j = affine.index(i);
    const double g = gamma.defined() ? gamma[j] : 1, b = beta.defined() ? beta[j] : 0;
    xhat[i] = (x[i] - mean[k]) / std::sqrt(variance[k] + eps);  // x̂ = (x − μ)/√(σ² + ε)
    y[i] = g * xhat[i] + b;                                     // y = γ x̂ + β
    dxhat[i] = g * dy[i];                                       // dx̂ = γ dy
  }

  // Backwards: the chain rule, one element at a time
  std::vector<double> dmean(statistics.kept), dvariance(statistics.kept);
  for (Index i = 0; i < n; ++i) {
    const Index k = statistics.index(i), j = affine.index(i);
    const double inv_std = 1 / std::sqrt(variance[k] + eps);
    dgamma[j] += dy[i] * xhat[i];                                               // dγ += dy x̂
    dbeta[j] += dy[i];                                                          // dβ += dy
    dvariance[k] += dxhat[i] * (x[i] - mean[k]) * -0.5 * std::pow(inv_std, 3);  // ∂x̂/∂σ² = −½ (x − μ)/(√)³
    dmean[k] += -dxhat[i] * inv_std;  // ∂x̂/∂μ = −1/√; and ∂σ²/∂μ = −2/m Σ (x − μ) = 0
  }
  for (Index i = 0; i < n; ++i) {
    const Index k = statistics.index(i);
    dx[i] = dxhat[i] / std::sqrt(variance[k] + eps)    // ∂x̂/∂x = 1/√
            + dvariance[k] * 2 * (x[i] - mean[k]) / m  // ∂σ²/∂x = 2 (x − μ)/m
            + dmean[k] / m;                            // ∂μ/∂x = 1/m
  }
  return result;
}

}}  // namespace norma
