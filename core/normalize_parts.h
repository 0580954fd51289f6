// Normalizations by other measures than mean and variance: what MeanOnlyBatchNorm and the ℓ₁ and ℓ∞ variants
// are made of, and local response normalization.
#pragma once

#include "core/group.h"
#include "core/tensor.h"
#include "core/view.h"

namespace norma { inline namespace NORMA_BUILD {

/// y = x − μ with μ the mean over each kept index, of the x of all parts if there is a group. Gradients reach
/// x, through μ too.
Tensor center(const Tensor& x, const View& view, Group* group = nullptr);

/// Which norm measures how far numbers spread around 0.
enum class Spread { l1, linf };

/// sₖ = 1/m Σ |x| (l1) or max |x| (linf), shape (kept); of the x of all parts if there is a group. Gradients
/// reach x; if several elements share the maximum, the first of them.
Tensor spread(const Tensor& x, const View& view, Spread norm, Group* group = nullptr);

/// y = γ x + β, one γ and β for each kept index, each may be undefined: 1 and 0. Gradients reach all three.
Tensor scale_shift(const Tensor& x, const View& view, const Tensor& gamma, const Tensor& beta = {});

/// y = 1/(x + c), element by element.
Tensor reciprocal(const Tensor& x, double c = 0);

/// y = x / (k + α/size Σ x²)^β, the sum over `size` neighbouring channels (core/lrn.cpp). x (N, C, …).
/// Error unless size ≥ 1.
Tensor local_response_norm(const Tensor& x, Index size, double alpha, double beta, double k);

}}  // namespace norma
