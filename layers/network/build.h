// The network of a sentence (layers/network/sentence.h).
#pragma once

#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {

/// The network. A convolution, 1d, 2d or 3d by the sample's rank, pads by dilation·(K − 1)/2 rounded down,
/// which keeps the size at stride 1 and odd K, unless told otherwise. A linear or conv right before a
/// normalizer that subtracts its channels' mean has no bias unless told otherwise. Weights follow from
/// default_rng(), one stream per layer, so that networks that differ only in normalizers, activations or
/// dropout start from the same draws (which kaiming and xavier scale by the gain of the activation that
/// follows). Error that names the layer if one does not fit the shape it sees, or if its output cannot depend
/// on its input.
Sequential build(const Sentence& sentence, const BuildOptions& options);

}}  // namespace norma
