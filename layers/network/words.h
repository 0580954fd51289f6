// The words of the one-line language (layers/network/sentence.h), and the names of --norm: one row each,
// which is all that the parser, the builder and those who look through a sentence know of them.
#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/batchrenorm.h"
#include "layers/init.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {

/// What a number may be, of an option as of a word's argument.
struct Range {
  double least, most;
  bool above = false, below = false;  // excluding its least, its most
  bool holds(double value) const {
    return (above ? value > least : value >= least) && (below ? value < most : value <= most);
  }
  std::string words() const;  // " from 0 to 1", " above 0", " of at least 0 and below 1"; "" of all numbers
};
constexpr Range eps_range{0, HUGE_VAL, /*above=*/true}, momentum_range{0, 1},
    dropout_range{0, 1, /*above=*/false, /*below=*/true};

/// The shortest text that reads back as the same number: 0.1, 100000.
std::string number_text(double value);

/// One layer: a word, its numbers in order, and settings by name: "conv 16 3 stride 2".
struct LayerWord {
  struct Setting {
    std::string name;
    double value = 1;  // 1 if the setting is a word alone (nobias)
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
  /// Number i, a whole one. Error if there are fewer.
  Index whole(std::size_t i) const;
};

using Sentence = std::vector<LayerWord>;

/// What the words of a sentence leave open.
struct BuildOptions {
  Shape sample;                          // of one sample: (D), (C, L), (C, H, W) or (C, D, H, W)
  Index channels = 0;                    // of the data, if sample is flat; 0: 1
  Index batch_size = 2;                  // samples that share statistics in training
  double eps = 1e-5;                     // of every normalizer that has one
  std::optional<double> momentum = 0.1;  // of running averages; none: cumulative
  bool statistics_gradient = true;       // of BatchNorm, mean-only, l1 and linf
  BatchRenormOptions renorm = {};        // limits and schedule; eps and momentum are the above, not its own
  InitOptions init = {};
};

/// What the values of a normalizer's mean are.
enum class Over { nothing, sample, group, channel, batch };

/// What a word is, for those who look through a sentence.
struct WordTraits {
  bool weighted = false;          // linear, conv
  bool activation = false;        // relu, sigmoid, …
  bool norm = false;              // any normalizer, and the word norm itself
  bool of_weight = false;         // normalizes the weight of the layer before it
  bool centers_channels = false;  // subtracts each channel's mean, and with it the bias before
  Over over = Over::nothing;      // the sample, a group of its channels, a channel of it, or one of the batch
  bool makes_flat = false;        // from here on each channel is one number
  bool of_data = false;           // set from the training set; only first in a network

  /// In training it normalizes with the batch's statistics, and averages them.
  bool batch_statistics() const { return over == Over::batch; }
};

/// What a number of a layer may be.
struct Argument {
  const char* name;
  Range range;
  bool whole;
  bool alone() const { return range.least == range.most; }  // a setting without a number
};

/// A layer to make, and where it is to stand.
struct Site {
  const LayerWord& layer;
  const Shape& shape;  // of a sample, as the layer sees it
  const BuildOptions& options;
  bool bias;  // of a linear or conv

  Index channels() const { return shape.rank() > 0 ? shape[0] : 0; }
  int spatial() const { return shape.rank() - 1; }  // dimensions
  Index setting(const char* name, Index otherwise) const {
    return static_cast<Index>(layer.get(name, static_cast<double>(otherwise)));
  }
  double eps() const { return layer.get("eps", options.eps); }
  BatchNormOptions batch_norm() const;
};

/// A word: its numbers (the last ones may be left out), its settings, and how its layer is made.
struct Word {
  const char* name;
  std::vector<Argument> numbers;
  std::size_t needed;  // of the numbers
  std::vector<Argument> settings;
  WordTraits is = {};
  std::unique_ptr<Module> (*make)(const Site& site) = nullptr;  // null: norm, residual, and those of a weight
  std::vector<const char*> options = {};  // of the command line that it takes for itself
  void (*reparametrize)(Weighted& before, const LayerWord& layer) = nullptr;  // those of a weight
};
const std::vector<Word>& words();

/// The row, or null.
const Word* find_word(const std::string& name);

/// An unknown word has no traits.
WordTraits traits(const std::string& word);

/// A name of --norm, and the words that it puts in the place of "norm".
struct NormRow {
  const char* name;          // "group:G" is a name with a number
  const char* flat;          // where each channel is one number; "": nothing there
  const char* spatial;       // elsewhere
  const char* printed = "";  // in a report; "": NAME normalization
};

/// In the order of the help; the first is the default.
const std::vector<NormRow>& normalizers();

/// The word of the layer that a name of --norm, such as "batch" or "group", puts in; other words as they are.
std::string layer_of_norm(const std::string& name);

/// The row of "batch" or "group:4". Error on another name.
const NormRow& find_norm(const std::string& name);

/// The words of a name: "gn 4" of group:4, "" of none; flat: where each channel is one number. Error on
/// another name.
std::string norm_words(const std::string& norm, bool flat);

}}  // namespace norma
