// Convolution in one, two and three spatial dimensions.
#pragma once

#include "core/autograd.h"
#include "core/window.h"

namespace norma { inline namespace NORMA_BUILD {

/// y(n, o, p) = b(o) + Σ_c Σ_k W(o, c, k) · x(n, g·C/groups + c, p·stride − padding + k·dilation), where x is
/// 0 outside and g = ⌊o·groups/out⌋ is the group of o: the g-th of `groups` equal parts of y's channels sees
/// only the g-th of x's.
///
///     x (N, C, S…) of rank 3, 4 or 5   W (out, C/groups, kernel…)   b (out) or undefined   →   y (N, out, …)
///
/// The convolution of torch.nn.functional.conv1d, 2d and 3d (a cross-correlation). Error if shapes do not
/// fit, groups does not divide both numbers of channels, or the kernel is larger than the padded input.
Tensor conv(const Tensor& x, const Tensor& W, const Tensor& b = {}, const Sizes& stride = 1,
            const Sizes& padding = 0, const Sizes& dilation = 1, Index groups = 1);

}}  // namespace norma
