// Folding: at inference a BatchNorm is one scale and one shift per channel, which the layer before it can
// apply as well.
#pragma once

#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// Folds every BatchNorm of the model, inside residuals too, into the Linear or convolution right before it,
/// by the running statistics:  W ← γ/√(σ² + ε) W  and  b ← γ/√(σ² + ε) (b − μ) + β, which gives that layer a
/// bias if it had none. The BatchNorm is removed and the layers after it renumbered, so the model is that of
/// a network without normalization. Returns how many. For inference: what the model computes in training mode
/// changes. Error, and nothing is changed, if there is none, if one has no running statistics, or if one does
/// not come right after a Linear or convolution with a plain weight: nothing can be folded across an
/// activation.
int fold_batchnorm(Sequential& model);

}}  // namespace norma
