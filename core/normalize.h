// The one normalization. View any tensor as (outer, kept, inner): mean and variance are taken over outer and
// inner, one pair per kept index. BatchNorm, LayerNorm, GroupNorm and InstanceNorm differ by the view alone;
// where γ and β go along another view than the statistics (LayerNorm has one per element), that view is given
// too.
#pragma once

#include <vector>

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

/// A tensor's values in double.
Scratch<double> doubles(const Tensor& t);

/// The values of two tensors, one each per kept index, as moments that do not depend on x: running
/// statistics. Error if the sizes differ.
Moments constant_moments(const Tensor& mean, const Tensor& variance);

/// Whether the gradient flows through μ and σ² (they were computed from x) or they are constants (running
/// statistics).
enum class GradientThrough { statistics, constants };

/// y = γ x̂ + β  with  x̂ = (x − μ)/√(σ² + ε)             (Ioffe & Szegedy 2015, Algorithm 1)
/// x of any shape that fits both views. `moments` has one pair for each index that `statistics` keeps, and is
/// consumed; gamma and beta have one element for each index that `affine` keeps, and may be undefined: 1 and
/// 0. Gradients reach x, gamma and beta. Error if a view, moments, gamma or beta do not fit.
Tensor normalize(const Tensor& x, const View& statistics, Moments moments, GradientThrough through,
                 double eps, const Tensor& gamma, const Tensor& beta, const View& affine);

/// The same with γ and β along the view of the statistics, as BatchNorm has them.
inline Tensor normalize(const Tensor& x, const View& view, Moments moments, GradientThrough through,
                        double eps, const Tensor& gamma = {}, const Tensor& beta = {}) {
  return normalize(x, view, std::move(moments), through, eps, gamma, beta, view);
}

/// The same by other constants than moments: x̂ = (x − μ)/d, with one mean and one divisor per kept index.
Tensor normalize(const Tensor& x, const View& view, Scratch<double> mean, Scratch<double> divisor,
                 const Tensor& gamma = {}, const Tensor& beta = {});

/// What normalize_plain computes, in the order of x's, γ's and β's elements.
struct PlainNormalization {
  std::vector<double> y, dx, dgamma, dbeta;
};

/// normalize() by the batch's own statistics, and its gradients for a given dy, as the paper writes them: an
/// element at a time, all in double, no care for speed. The definition that the fast one is held against.
PlainNormalization normalize_plain(const Tensor& x, const View& statistics, double eps, const Tensor& gamma,
                                   const Tensor& beta, const View& affine, const Tensor& dy);

}}  // namespace norma
