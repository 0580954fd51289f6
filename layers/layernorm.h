// Layer Normalization (Ba, Kiros & Hinton 2016, arXiv 1607.06450), with torch.nn.LayerNorm's behaviour and
// names.
#pragma once

#include "core/normalize.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.LayerNorm, with its defaults.
struct LayerNormOptions {
  double eps = 1e-5;
  bool elementwise_affine = true;  // learnable γ (weight) and β (bias), one per element
};

/// y = γ (x − μ)/√(σ² + ε) + β with one mean and biased variance over the innermost dimensions, which must be
/// normalized_shape, for each index of those before: for (N, D) each sample, for (N, T, D) each of N·T rows.
/// The same in training and evaluation, for any batch size.
///
/// State: weight γ (normalized_shape) = 1, bias β (normalized_shape) = 0.
class LayerNorm final : public Module {
 public:
  /// Error unless normalized_shape has at least one dimension, all at least 1, and eps ≥ 0.
  explicit LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options = {});
  /// Error if the innermost dimensions of x differ.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const LayerNormOptions options;
  const Shape normalized_shape;
  Tensor weight, bias;  // undefined unless elementwise_affine
};

}}  // namespace norma
