// The one normalization. View any tensor as (outer, kept, inner): mean and variance are taken over outer and
// inner, one pair for each kept index. The statistics of BatchNorm, LayerNorm, GroupNorm and InstanceNorm differ
// by the view alone. gamma and beta here are one a kept index, as BatchNorm's are.
#pragma once

#include "core/autograd.h"

namespace norma::inline NORMA_BUILD {

/// How the elements of a row-major tensor share statistics: element (o, k, i) belongs to the pair k.
/// BatchNorm on (N, C, S…) is the view (N, C, S).
struct View {
  Index outer, kept, inner;
  Index count() const { return outer * inner; }  // elements that share a pair
};

/// (N, C) → (N, C, 1) and (N, C, S…) → (N, C, ∏S). Error for a tensor of rank below 2.
View channel_view(const Tensor& x);

/// For each kept index the mean and the *biased* variance Σ(x − μ)²/m, always in double.
struct Moments {
  Scratch<double> mean, variance;
};

/// Two passes over x with the sums in double: E[x²] − E[x]² would lose every digit of data whose mean is
/// large beside its deviation. Error if a pair would be shared by no element.
Moments moments(const Tensor& x, const View& view);

/// Whether the gradient flows through μ and σ² (they were
/// computed from x) or they are constants (running statistics).
enum class Through { statistics, constants };

/// y = γ x̂ + β  with  x̂ = (x − μ)/√(σ² + ε)             (Ioffe & Szegedy 2015, Algorithm 1)
/// x of any shape that fits the view; gamma and beta (kept), each may be undefined: 1 and 0. Consumes the
/// moments, whose sizes must be view.kept. Gradients reach x, gamma and beta. Error if
/// view, moments, gamma or beta do not fit.
Tensor normalize(const Tensor& x, const View& view, Moments moments, Through through, double eps,
                 const Tensor& gamma = {}, const Tensor& beta = {});

}  // namespace norma::inline NORMA_BUILD
