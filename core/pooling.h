// Pooling: the largest or the mean of what a window sees, channel by channel. x is (N, C, S…) of rank 3, 4
// or 5.
#pragma once

#include "core/autograd.h"
#include "core/window.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arguments of torch.nn.MaxPool1d, 2d and 3d after the kernel, with their defaults.
struct MaxPoolOptions {
  Sizes stride = {};  // {}: as the kernel
  Sizes padding = 0, dilation = 1;
  bool ceil_mode = false;  // a last window may hang over the end
};

/// y = max of the window, whose padding never wins; the first of equals has the gradient, NaN wins.
/// Error if the window does not fit, its padding is more than half the kernel, or an output would see padding
/// only.
Tensor max_pool(const Tensor& x, const Sizes& kernel, const MaxPoolOptions& options = {});

/// The arguments of torch.nn.AvgPool2d and 3d after the kernel, with their defaults; AvgPool1d has no
/// divisor_override.
struct AvgPoolOptions {
  Sizes stride = {};  // {}: as the kernel
  Sizes padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;  // the mean's zeros in the padding count as elements
  Index divisor_override = 0;     // if not 0, divides the sum in place of the number of elements
};

/// y = mean of the window. Error as max_pool's, or if divisor_override < 0.
Tensor avg_pool(const Tensor& x, const Sizes& kernel, const AvgPoolOptions& options = {});

/// Means of out windows along each dimension, the o-th of inputs ⌊o·in/out⌋ … ⌈(o + 1)·in/out⌉ − 1; out = 1
/// is the mean of each channel. Error unless each size is at least 1.
Tensor adaptive_avg_pool(const Tensor& x, const Sizes& out);

}}  // namespace norma
