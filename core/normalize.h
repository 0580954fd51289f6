// The one normalization. View any tensor as (outer, kept, inner): mean and variance are taken over outer and
// inner, one pair for each kept index. BatchNorm, LayerNorm, GroupNorm and InstanceNorm differ by the view alone;
// where γ and β go along another view than the statistics (LayerNorm's are one an element), that view is given too.
#pragma once

#include "core/autograd.h"
#include "core/view.h"

namespace norma { inline namespace NORMA_BUILD {

/// For each kept index the mean and the *biased* variance Σ(x − μ)²/m, always in double.
struct Moments {
  Scratch<double> mean, variance;
};

/// Two passes over x with the sums in double: E[x²] − E[x]² would lose every digit of data whose mean is
/// large beside its deviation. Error if a pair would be shared by no element.
Moments moments(const Tensor& x, const View& view);

/// The values of two tensors, one each a kept index, as moments that do not depend on x: running statistics.
/// Error if the sizes differ.
Moments constant_moments(const Tensor& mean, const Tensor& variance);

/// Whether the gradient flows through μ and σ² (they were
/// computed from x) or they are constants (running statistics).
enum class GradientThrough { statistics, constants };

/// y = γ x̂ + β  with  x̂ = (x − μ)/√(σ² + ε)             (Ioffe & Szegedy 2015, Algorithm 1)
/// x of any shape that fits both views. `moments` has one pair for each index that `view` keeps, and is consumed;
/// gamma and beta have one element for each index that `affine` keeps, and may be undefined: 1 and 0. Gradients
/// reach x, gamma and beta. Error if a view, moments, gamma or beta do not fit.
Tensor normalize(const Tensor& x, const View& view, Moments moments, GradientThrough through, double eps,
                 const Tensor& gamma, const Tensor& beta, const View& affine);

/// The same with γ and β along the view of the statistics, as BatchNorm has them.
inline Tensor normalize(const Tensor& x, const View& view, Moments moments, GradientThrough through,
                        double eps, const Tensor& gamma = {}, const Tensor& beta = {}) {
  return normalize(x, view, std::move(moments), through, eps, gamma, beta, view);
}

}}  // namespace norma
