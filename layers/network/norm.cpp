#include "layers/network/norm.h"

namespace norma { inline namespace NORMA_BUILD {

const std::vector<Named<const char*>>& norm_noises() {
  static const std::vector<Named<const char*>> table = {
      {"none", ""}, {"unit", "noise"}, {"layer", "noise layer"}};
  return table;
}

namespace {

Sentence replaced(const Sentence& sentence, const std::string& norm, const std::string& noise, bool& flat) {
  Sentence result;
  for (LayerWord layer : sentence) {
    const bool flat_before = flat;
    flat = flat || traits(layer.word).makes_flat;
    if (layer.word != "norm") {
      layer.main = replaced(layer.main, norm, noise, flat);
      flat = flat_before || traits(layer.word).makes_flat;
      layer.shortcut = replaced(layer.shortcut, norm, noise, flat);
      result.push_back(layer);
      continue;
    }
    std::string words = norm_words(norm, flat);
    const std::string noises = find_named(norm_noises(), noise, "norm-noise").value;
    words += (words.empty() || noises.empty() ? "" : ", ") + noises;
    if (words.empty()) continue;
    for (LayerWord word : parse_layers(words)) {
      word.position = layer.position, word.column = layer.column;
      result.push_back(word);
    }
  }
  return result;
}

}  // namespace

Sentence substitute_norm(const Sentence& sentence, const std::string& norm, const std::string& noise) {
  bool flat = takes_flat_input(sentence);
  Sentence result = replaced(sentence, norm, noise, flat);
  bool there = norm == "none";
  flat = takes_flat_input(sentence);
  for_each_layer(result, flat,
                 [&](const LayerWord& layer, bool) { there = there || traits(layer.word).norm; });
  check(there, "norm: '", norm, "' finds no layer to normalize in the network",
        norm == "instance" ? " that has positions: the variance of one number per channel is 0" : "");
  return result;
}

}}  // namespace norma
