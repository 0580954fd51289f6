// Convolution without im2col, by the sum that core/tiles.h draws. Internal to core/conv.cpp.
#pragma once

#include "core/conv_sizes.h"

namespace norma { inline namespace NORMA_BUILD {

/// Whether this way to y, to dW or to dx is the faster one. It does not depend on the number of images, so
/// that each has the same y in any batch.
bool direct_output_is_faster(const ConvSizes& c);
bool direct_weight_is_faster(const ConvSizes& c);
bool direct_input_is_faster(const ConvSizes& c);

// Formulas are of one group, whose channels i and o count; t is a tap. As in core/conv.h: x (N, C, S…),
// W (groups · out, in, kernel…), b (groups · out) or null, y and dy (N, groups · out, …). Gradients are added
// to what is there, or replace it where the slot's β is 0.

/// y(n, o, p) ← b(o) + Σᵢ Σₜ W(o, i, t) x(n, i, p stride − padding + t dilation)
void direct_output(const ConvSizes& c, const real* x, const real* W, const real* b, real* y);
/// dW(o, i, t) += Σₙ Σ_p dy(n, o, p) x(n, i, p stride − padding + t dilation)
void direct_weight_gradient(const ConvSizes& c, const real* dy, const real* x, const GradSlot& dW);
/// dx(n, i, q) += Σ_o Σ dy(n, o, p) W(o, i, t) over p and t with p stride − padding + t dilation = q
void direct_input_gradient(const ConvSizes& c, const real* dy, const real* W, const GradSlot& dx);

}}  // namespace norma
