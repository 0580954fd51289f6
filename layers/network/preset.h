// Ready-made models, as sentences (layers/network/sentence.h): one row each, which is all that other code
// knows of them.
#pragma once

#include <string>
#include <vector>

#include "core/real.h"
#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {

enum class NormPosition { before, after };  // the activation

/// In the order of the help; the first is the default.
const std::vector<Named<NormPosition>>& norm_positions();

/// What a ready-made model is made of.
struct PresetOptions {
  std::string model = "mlp";                    // a name of presets()
  std::vector<Index> hidden = {100, 100, 100};  // mlp and dln
  std::string activation = "default";           // the model's usual one; not used by dln
  NormPosition norm_position = NormPosition::before;
  double dropout = 0;  // after each hidden fully connected layer; models of convolutions: before the last one
  Index classes = 10;
  Index width = 64;  // vgg: channels of the first stage
  Index depth = 7;   // plain: convolutions
};

/// A ready-made model.
struct PresetRow {
  const char* name;                  // what --model takes
  const char* note;                  // beside it in the help; or ""
  const char* activation;            // the usual one; "": it has none
  std::vector<std::string> options;  // of the command line that not all models take
  bool by_sizes;  // reports describe it by its sizes, 784-100-10, the others by their sentence
  std::string (*layers)(const struct PresetPieces& of);
};

/// mlp     hidden layers "linear H, norm, sigmoid", then a linear to the classes
/// cnn     three convolutions of 16, 32 and 64 channels with pooling between
/// lenet   LeNet-5 (LeCun et al. 1998) with plain outputs
/// resnet  a small residual network (He et al. 2015): 16, 32 and 64 channels, one block each
/// vgg     VGG-A (Simonyan & Zisserman 2015, arXiv 1409.1556, table 1) for small pictures: W, 2W, 4W, 4W, 8W,
/// 8W,
///         8W, 8W channels, five poolings, one linear. Pictures of at least 17×17; 32×32 and below become one
///         pixel
/// plain   N convolutions 3×3 of 16, 32 and 64 channels without shortcuts, a third each (He et al. 2016,
/// §4.2) dln     mlp without activations: a deep linear network (Saxe et al. 2014; Santurkar et al. 2018,
/// §2.2) In the order of the help; the first is the default.
const std::vector<PresetRow>& presets();

/// The model as a sentence, with the word "norm" wherever a normalizer may stand. Error on another name or
/// activation.
std::string preset_layers(const PresetOptions& options);

}}  // namespace norma
