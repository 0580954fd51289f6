// Convolution without im2col, for what networks are made of: see core/tiles.h. Internal to core/conv.cpp.
#pragma once

#include "core/conv_sizes.h"

namespace norma { inline namespace NORMA_BUILD {

/// Whether it is the faster way to results of so many channels, y's for y and dW, x's for dx, of whose
/// numbers each is, or uses, a sum of `reuse` terms.
bool direct(const ConvSizes& c, Index channels, Index reuse);

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
