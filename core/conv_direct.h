// Convolution without im2col, for layers whose channels fill enough of a vector: see core/tiles.h. Internal
// to core/conv.cpp.
#pragma once

#include "core/conv_sizes.h"

namespace norma { inline namespace NORMA_BUILD {

/// Whether this way to y, to dW or to dx is the faster one. It does not depend on the number of images, so
/// that each has the same y in any batch.
bool direct_output_is_faster(const ConvSizes& c);
bool direct_weight_is_faster(const ConvSizes& c);
bool direct_input_is_faster(const ConvSizes& c);

// Formulas are of one group, whose channels c counts. As in core/conv.h: x (N, C, S…), W (groups · out, in,
// kernel…), b (groups · out) or null, y and dy (N, groups · out, …). Gradients are added to what is there,
// with the slot's β.

/// y(n, o, p) ← b(o) + Σ_c Σ_k W(o, c, k) x(n, c, p stride − padding + k dilation)
void direct_output(const ConvSizes& c, const real* x, const real* W, const real* b, real* y);
/// dW(o, c, k) += Σₙ Σ_p dy(n, o, p) x(n, c, p stride − padding + k dilation)
void direct_weight_gradient(const ConvSizes& c, const real* dy, const real* x, const GradSlot& dW);
/// dx(n, c, i) += Σ_o Σ dy(n, o, p) W(o, c, k) over p and k with p stride − padding + k dilation = i
void direct_input_gradient(const ConvSizes& c, const real* dy, const real* W, const GradSlot& dx);

}}  // namespace norma
