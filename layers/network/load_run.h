// A trained network from its run's folder, for programs that use it: model.safetensors has the weights, and
// in its metadata the layers that they belong to, and what the network learned from.
#pragma once

#include <filesystem>
#include <optional>

#include "data/formats/safetensors.h"
#include "data/loader.h"
#include "layers/module.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {

struct LoadedRun {
  Sequential model;    // in inference mode; takes (N, D) or (N, C, H, W), gives (N, classes)
  Dataset about;       // without samples: the data's name, the size of an image, the classes with their names
  BatchFormat format;  // how fill() makes what the model takes of pixels
};

/// Reads RUN/model.safetensors, or for "best" RUN/model-best.safetensors, and no other file. Leaves the
/// thread's generator of random numbers as it was. Error, naming the file, if it is not there, if its
/// metadata do not say the layers (older files), if they and the weights do not fit, or if a weight is not
/// finite.
LoadedRun load_run(const std::filesystem::path& run, const std::string& weights = "last");

/// The sentence with the eps and the momentum (none: cumulative) of each layer that takes them said in it.
Sentence with_settings(Sentence network, double eps, std::optional<double> momentum);

/// What model.safetensors carries beside the weights: "layers", the sentence; "data", a JSON object with the
/// name, the image size and the names of the classes of `about`; "binarize", on or off.
Metadata network_metadata(const Sentence& network, const Dataset& about, bool binarize);

/// "data" of such metadata, written and read; bytes of names that are not UTF-8 become U+FFFD. Error that
/// begins with `where` if it is not such a text.
std::string about_text(const Dataset& about);
Dataset read_about(const std::string& text, const std::string& where);

/// Error, naming `file`, if a running variance, or what a normalizer has in its place, is negative, or a
/// deviation not above 0.
void check_variances(const StateDict& state, const std::string& file);

}}  // namespace norma
