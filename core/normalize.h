// The one normalization. View any tensor as (outer, kept, inner): mean and variance are taken over outer and
// inner, one pair per kept index. BatchNorm, LayerNorm, GroupNorm and InstanceNorm differ only in the view.
// If γ and β follow another view than mean and variance (LayerNorm has one per element), it is passed too.
#pragma once

#include "core/autograd.h"
#include "core/group.h"
#include "core/view.h"

namespace norma { inline namespace NORMA_BUILD {

/// For each kept index mean and variance, always in double; by moments() the *biased* variance Σ(x − μ)²/m.
struct Moments {
  Scratch<double> mean, variance;
  bool constant = false;   // no gradient flows through them: running averages, or a variant of BatchNorm
  double count = 0;        // m, by moments()
  Group* group = nullptr;  // whose elements those are; null: x's own
};

/// Two passes over x with the sums in double: E[x²] − E[x]² would lose every digit of data whose mean is
/// large compared with its deviation. Error if a pair would be shared by no element.
/// With a group they are those of the x of all its parts together; it must outlive their gradients.
Moments moments(const Tensor& x, const View& view, Group* group = nullptr);

/// A tensor's values in double.
Scratch<double> doubles(const Tensor& t);

/// The values of two tensors, one each per kept index, as constants. Error if the sizes differ.
Moments constant_moments(const Tensor& mean, const Tensor& variance);

/// y = γ x̂ + β  with  x̂ = (x − μ)/√(σ² + ε)             (Ioffe & Szegedy 2015, Algorithm 1)
/// x of any shape that fits both views. `moments` has one pair for each index that `statistics` keeps; gamma
/// and beta have one element for each index that `affine` keeps, or are undefined: 1 and 0. Gradients reach
/// x, gamma and beta, through the moments too: those of a group carry the gradient of the loss of all its
/// parts. Error if a view, moments, gamma or beta do not fit, eps < 0, or a group's moments come with two
/// views. With `relu`, y = max(0, γ x̂ + β): relu() of the same, in fewer passes over memory, two fewer
/// forwards and one backwards.
Tensor normalize(const Tensor& x, const View& statistics, const Moments& moments, double eps,
                 const Tensor& gamma, const Tensor& beta, const View& affine, bool relu = false);

/// The same with γ and β along the view of mean and variance, as in BatchNorm.
inline Tensor normalize(const Tensor& x, const View& view, const Moments& moments, double eps,
                        const Tensor& gamma = {}, const Tensor& beta = {}) {
  return normalize(x, view, moments, eps, gamma, beta, view);
}

/// y = γ (x − μ)/d + β, with a constant mean μ and divisor d for each index that `view` keeps; gamma and beta
/// as in normalize(). Gradients reach x, gamma and beta. Error if the view, mean, divisor, gamma or beta do
/// not fit.
Tensor normalize_by(const Tensor& x, const View& view, const Scratch<double>& mean,
                    const Scratch<double>& divisor, const Tensor& gamma = {}, const Tensor& beta = {});

}}  // namespace norma
