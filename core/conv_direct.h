// Convolution without im2col, for layers with many channels: see core/tiles.h. Internal to core/conv.cpp.
#pragma once

#include "core/conv_sizes.h"

namespace norma { inline namespace NORMA_BUILD {

/// Whether this way to y and dW, or to dx, is the faster one. It does not depend on the number of images, so
/// that each has the same y in any batch.
bool direct_is_faster(const ConvSizes& c);
bool direct_input_is_faster(const ConvSizes& c);

/// y ← conv(x, W) + b; b may be null.
void direct_output(const ConvSizes& c, const real* x, const real* W, const real* b, real* y);
/// dW += Σₙ dyₙ · x
void direct_weight_gradient(const ConvSizes& c, const real* dy, const real* x, const GradSlot& dW);
/// dx += dy · W
void direct_input_gradient(const ConvSizes& c, const real* dy, const real* W, const GradSlot& dx);

/// Additions and multiplications per second that one thread can do on registers alone, as fused pairs: what
/// no product can exceed. Measures for some milliseconds.
double register_peak();

}}  // namespace norma
