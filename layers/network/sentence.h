// A network as one line of text: "conv 16 3, bn, relu, pool 2, flatten, linear 10". This file reads and writes such
// sentences; layers/network/model.h makes models of them. The words are in the table of sentence.cpp.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// What a number may be, of an option as of a word's argument.
struct Range {
  double least, most;
  bool above = false, below = false;  // without its least, without its most
  bool holds(double value) const {
    return (above ? value > least : value >= least) && (below ? value < most : value <= most);
  }
  std::string words() const;  // " from 0 to 1", " above 0", " from 0, below 1"; "" of all numbers
};
constexpr Range eps_range{0, HUGE_VAL, /*above=*/true}, momentum_range{0, 1},
    dropout_range{0, 1, /*above=*/false, /*below=*/true};

/// One layer: a word, its numbers in order, and settings by name: "conv 16 3 stride 2".
struct LayerWord {
  struct Setting {
    std::string name;
    double value = 1;  // 1 where the setting is a word alone (nobias)
  };
  std::string word;
  std::vector<double> numbers;
  std::vector<Setting> settings;
  std::vector<LayerWord> main, shortcut;  // of "residual(main | shortcut)"
  int position = 0, column = 0;           // of the word in the text: counted from 1: the layer, the character

  /// The setting's value, or `otherwise`.
  double get(const std::string& setting, double otherwise) const;
  /// Number i, or `otherwise` if there are fewer.
  double number(std::size_t i, double otherwise) const;
};

using Sentence = std::vector<LayerWord>;

/// Layers are separated by commas; residual( ) holds a sentence, or two with | between. Error that names the word, its
/// position and what was wanted: an unknown word or setting, a missing or superfluous number, one out of range.
Sentence parse_layers(const std::string& text);

/// parse_layers(to_text(s)) is s, but for the positions.
std::string to_text(const Sentence& sentence);

/// The shortest text that reads back as the same number: 0.1, 100000.
std::string number_text(double value);

/// "layer 2, 'bm' at character 12": for messages.
std::string where(const LayerWord& layer);

/// What a word is, for those who look through a sentence.
struct WordTraits {
  bool weighted = false;          // linear, conv
  bool activation = false;        // relu, sigmoid, …
  bool norm = false;              // any normalizer, and the word norm itself
  bool centers_channels = false;  // takes each channel's mean away, and with it the bias before
  bool batch_statistics = false;  // in training it normalizes with the batch's statistics and averages them
  bool makes_flat = false;        // from here on each channel is one number
};
WordTraits traits(const std::string& word);

/// Whether a word takes a setting, such as eps.
bool takes(const std::string& word, const std::string& setting);

/// Calls f(layer, flat) for every layer in order, also inside residuals; flat: whether each channel is one number
/// where the layer stands, given whether it is so in the input. Returns whether it is in the output.
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

/// Whether the network takes flat samples (D) rather than (C, H, W): it begins with linear.
inline bool takes_flat_input(const Sentence& sentence) {
  return !sentence.empty() && sentence.front().word == "linear";
}

}}  // namespace norma
