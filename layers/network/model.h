// Models: ready-made ones as sentences (layers/network/sentence.h), and the builder that makes a network of any sentence.
#pragma once

#include "layers/batchrenorm.h"
#include "layers/init.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {

enum class NormPosition { before, after };  // the activation

/// What a ready-made model is made of.
struct PresetOptions {
  std::string model = "mlp";                    // mlp, dln, cnn, lenet or resnet
  std::vector<Index> hidden = {100, 100, 100};  // mlp and dln
  std::string activation = "default";           // sigmoid for mlp, else relu; not used by dln
  NormPosition norm_position = NormPosition::before;
  double dropout =
      0;  // probability, after each hidden fully connected layer; cnn and resnet: before the last one
  Index classes = 10;
};

/// The model as a sentence, with the word "norm" wherever a normalizer may stand:
/// mlp     hidden layers "linear H, norm, sigmoid", then a linear to the classes
/// dln     the same without activations: a deep linear network (Saxe et al. 2014; Santurkar et al. 2018, §2.2)
/// cnn     three convolutions of 16, 32 and 64 channels with pooling between
/// lenet   LeNet-5 (LeCun et al. 1998) with plain outputs
/// resnet  a small residual network (He et al. 2015): 16, 32 and 64 channels, a block each
/// Error on another name or activation.
std::string preset_layers(const PresetOptions& options);

/// What normalizer the word "norm" stands for, by name: none, batch, layer, group:G, instance, batch-renorm, weight,
/// weight+mean-only, spectral, lrn, l1, linf. The sentence with it put in; `noise` (unit, layer or none) follows each.
/// On convolutions "layer" is a GroupNorm of one group: γ and β one a channel (Wu & He 2018, §3.1). "instance" is left
/// out where a channel is one number. Error on another name, or if nothing is left to normalize.
Sentence substitute_norm(const Sentence& sentence, const std::string& norm,
                         const std::string& noise = "none");

/// The words that substitute_norm puts in: "gn 4" for group:4, "" for none; flat: where each channel is one number. Error on
/// another name.
std::string norm_words(const std::string& norm, bool flat);

/// What the words of a sentence leave open.
struct BuildOptions {
  Shape sample;                          // of one sample: (D), (C, L), (C, H, W) or (C, D, H, W)
  Index batch_size = 2;                  // samples that share statistics in training
  double eps = 1e-5;                     // of every normalizer that has one
  std::optional<double> momentum = 0.1;  // of running averages; none: cumulative
  bool statistics_gradient = true;       // of BatchNorm, mean-only, l1 and linf
  BatchRenormOptions renorm = {};        // limits and schedule; eps and momentum are the above, not its own
  InitOptions init = {};
};

/// The network. A convolution, 1d, 2d or 3d by the sample's rank, pads by dilation·(K − 1)/2 rounded down, which keeps
/// the size at stride 1 and odd K, unless told otherwise. A linear or conv right before a normalizer that takes its channels' mean
/// away has no bias unless told. Weights follow from default_rng(), a stream for each layer, so that networks that
/// differ in normalizers, activations or dropout only start from the same draws (which kaiming and xavier scale by the
/// gain of the activation that follows). Error that names the layer if one
/// does not fit the shape it sees, or if what it gives there cannot depend on what it is given.
Sequential build(const Sentence& sentence, const BuildOptions& options);

}}  // namespace norma
