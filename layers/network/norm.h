// What --norm means: normalizers in the places of the word "norm".
#pragma once

#include "core/suggest.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {

/// What normalizer the word "norm" stands for, by name: none, batch, layer, group:G, instance, batch-renorm,
/// weight, weight+mean-only, spectral, lrn, l1, linf. The sentence with it put in; `noise` (unit, layer or
/// none) follows each. On convolutions "layer" is a GroupNorm of one group: one γ and β per channel (Wu & He
/// 2018, §3.1). "instance" is left out where a channel is one number. Error on another name, or if nothing is
/// left to normalize.
Sentence substitute_norm(const Sentence& sentence, const std::string& norm,
                         const std::string& noise = "none");

/// What --norm-noise puts after each normalizer: the words of none, unit or layer.
const std::vector<Named<const char*>>& norm_noises();

}}  // namespace norma
