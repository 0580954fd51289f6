// Weights as a function of other parameters: what weight and spectral normalization need from the engine.
#pragma once

#include "core/normalize.h"

namespace norma { inline namespace NORMA_BUILD {

/// A weight (out, in, kernel…) as the view (before, size of dimension `dim`, after); dim = −1: the whole
/// weight is one. Error if there is no such dimension.
View weight_view(const Tensor& weight, int dim);

/// ‖v‖ for each kept index. Error if the view does not fit.
Scratch<double> norms(const Tensor& v, const View& view);

/// w = g v/‖v‖, one norm and one g for each kept index        (Salimans & Kingma 2016, arXiv 1602.07868, §2)
/// v of any shape that fits the view, g of view.kept elements. Gradients reach both; that of v is orthogonal
/// to v. Error if the view or g does not fit.
Tensor weight_norm(const Tensor& v, const Tensor& g, const View& view);

/// σ = uᵀ W v, shape (1), with W read as a matrix: one row per kept index. u (kept) and v (count) are
/// constants. Error if they do not fit.
Tensor bilinear(const Tensor& W, const View& view, const Tensor& u, const Tensor& v);

/// One step of the power iteration: v ← Wᵀu/max(‖Wᵀu‖, ε), u ← W v/max(‖W v‖, ε), after which uᵀWv estimates
/// the largest singular value. u and v are overwritten; if a product is 0, its vector stays. Error if they do
/// not fit.
void power_iteration(const Tensor& W, const View& view, const Tensor& u, const Tensor& v, double eps);

}}  // namespace norma
