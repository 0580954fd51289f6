// Spectral Normalization (Miyato et al. 2018, arXiv 1802.05957), with the names of
// torch.nn.utils.spectral_norm (load() also takes those of torch.nn.utils.parametrizations.spectral_norm),
// and the spectral norm as a penalty (Yoshida & Miyato 2017, arXiv 1705.10941).
#pragma once

#include "core/reparametrize.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.utils.spectral_norm, with its defaults.
struct SpectralNormOptions {
  int n_power_iterations = 1;  // in each forward() of training
  double eps = 1e-12;          // least length that a vector is divided by
  int dim = 0;                 // whose indices are the rows of the matrix
};

/// w = W/σ with σ = uᵀWv, the estimate of the largest singular value of W as a matrix (out, the rest). Each
/// call in training moves u and v by power iteration from where they were; the gradient takes them as
/// constants. State in place of weight: weight_orig (as weight), weight_u (rows), weight_v (columns).
class SpectralNorm final : public Reparametrization {
 public:
  SpectralNorm(const Tensor& weight, const SpectralNormOptions& options);
  Tensor weight(bool training) override;
  std::string describe() const override { return "spectral_norm"; }

  Tensor weight_orig, u, v;

 private:
  SpectralNormOptions options_;
  View view_;
};

/// Reparametrizes a Linear or a convolution. u and v begin as random directions from default_rng(). Error
/// unless n_power_iterations ≥ 1, eps > 0 and the dimension exists.
SpectralNorm& spectral_norm(Weighted& layer, const SpectralNormOptions& options = {});

/// λ/2 Σ σ(W)² over the weights of Linear and convolutions, σ by one power iteration per call, from where the
/// last one ended.
class SpectralPenalty {
 public:
  /// `parameters` of a model; biases, γ and β are left out. Starts from default_rng(). Error unless λ ≥ 0,
  /// and on weight or spectral normalization, whose parameters are not the weight.
  SpectralPenalty(const std::vector<Parameter>& parameters, double lambda);

  /// The penalty, shape (); its gradient is λ σ u vᵀ.
  Tensor operator()();

  /// The vectors u and v of each matrix, from which the next power iteration starts: "0.u", "0.v", "1.u", …
  StateDict state_dict() const;

 private:
  struct Matrix {
    Tensor W, u, v;
  };
  std::vector<Matrix> matrices_;
  double lambda_;
};

}}  // namespace norma
