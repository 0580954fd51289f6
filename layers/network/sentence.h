// A network as one line of text: "conv 16 3, bn, relu, pool 2, flatten, linear 10". This file reads and
// writes such sentences of the words in words.cpp; layers/network/build.h makes models of them.
#pragma once

#include "layers/network/words.h"

namespace norma { inline namespace NORMA_BUILD {

/// Layers are separated by commas; residual( ) holds a sentence, or two with | between. Error that names the
/// word, its position and what was expected: an unknown word or setting, a missing or superfluous number, one
/// out of range.
Sentence parse_layers(const std::string& text);

/// parse_layers(to_text(s)) is s, except for the positions.
std::string to_text(const Sentence& sentence);

/// "layer 2, 'bm' at character 12": for messages.
std::string where(const LayerWord& layer);

/// Whether a word takes a setting, such as eps.
bool takes(const std::string& word, const std::string& setting);

/// Calls f(layer, flat) for every layer in order, also inside residuals; flat: whether each channel is one
/// number where the layer stands, given whether it is so in the input. Returns whether it is in the output.
template <class F>
bool for_each_layer(const Sentence& sentence, bool flat, const F& f) {
  for (const LayerWord& layer : sentence) {
    flat = flat || traits(layer.word).makes_flat;
    f(layer, flat);
    for_each_layer(layer.shortcut, flat, f);
    flat = for_each_layer(layer.main, flat, f);
  }
  return flat;
}

/// Whether the network takes flat samples (D) rather than (C, H, W): it begins with linear, perhaps after
/// standardize.
inline bool takes_flat_input(const Sentence& sentence) {
  std::size_t first = 0;
  while (first < sentence.size() && traits(sentence[first].word).of_data) ++first;
  return first < sentence.size() && sentence[first].word == "linear";
}

}}  // namespace norma
