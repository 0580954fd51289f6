#include "layers/network/model.h"

#include <algorithm>

#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {
std::string preset_layers(const PresetOptions& o) {
  const std::vector<std::string> models = {"mlp", "dln", "cnn", "lenet", "resnet"};
  check(std::find(models.begin(), models.end(), o.model) != models.end(), "model: '", o.model, "' given",
        did_you_mean(o.model, models));
  const std::string usual = o.model == "mlp" ? "sigmoid" : "relu";
  const std::string activation = o.activation == "default" ? usual : o.activation;
  check(traits(activation).activation, "Activation: '", activation,
        "' given; sigmoid, tanh, relu or leaky_relu wanted");
  check(o.dropout >= 0 && o.dropout <= 1, "Dropout: probability ", o.dropout, " given, 0 to 1 wanted");
  const bool before = o.norm_position == NormPosition::before;
  const std::string step = before ? ", norm, " + activation : ", " + activation + ", norm";
  const std::string dropout = o.dropout > 0 ? ", dropout " + number_text(o.dropout) : "";
  const std::string output = "linear " + std::to_string(o.classes);
  auto linear = [&](Index units) { return "linear " + std::to_string(units) + step + dropout + ", "; };
  auto conv = [&](int channels, int kernel, const std::string& settings = "") {
    return "conv " + std::to_string(channels) + ' ' + std::to_string(kernel) + settings;
  };

  if (o.model == "mlp" || o.model == "dln") {
    std::string text;
    for (Index units : o.hidden)
      text +=
          o.model == "mlp" ? linear(units) : "linear " + std::to_string(units) + ", norm" + dropout + ", ";
    return text + output;
  }
  if (o.model == "cnn") {
    return conv(16, 5) + step + ", pool 2, " + conv(32, 5) + step + ", pool 2, " + conv(64, 3) + step +
           ", flatten" + dropout + ", " + output;
  }
  if (o.model == "lenet") {
    return conv(6, 5) + step + ", avgpool 2, " + conv(16, 5, " pad 0") + step + ", avgpool 2, flatten, " +
           linear(120) + linear(84) + output;
  }
  // One block: two convolutions beside the identity, or beside a 1×1 convolution where the size changes.
  auto block = [&](int channels, bool smaller) {
    const std::string stride = smaller ? " stride 2" : "";
    return "residual(" + conv(channels, 3, stride) + step + ", " + conv(channels, 3) + ", norm" +
           (smaller ? " | " + conv(channels, 1, stride) + ", norm" : "") + "), " + activation + ", ";
  };
  check(o.model == "resnet", "model: '", o.model, "' is not made");
  return conv(16, 3) + step + ", " + block(16, false) + block(32, true) + block(64, true) +
         "globalpool, flatten" + dropout + ", " + output;
}

std::string norm_words(const std::string& norm, bool flat) {
  if (norm == "none") return "";
  if (norm == "batch") return "bn";
  if (norm == "layer") return flat ? "ln" : "gn 1";
  if (norm == "instance") return flat ? "" : "in";
  if (norm == "batch-renorm") return "brn";
  if (norm == "weight") return "wn";
  if (norm == "weight+mean-only") return "wn, meanbn";
  if (norm == "spectral") return "sn";
  if (norm == "lrn") return "lrn";
  if (norm == "l1") return "l1bn";
  if (norm == "linf") return "linfbn";
  if (norm.rfind("group:", 0) == 0) {
    const std::string groups = norm.substr(6);
    check(!groups.empty() && groups.size() < 6 && groups.find_first_not_of("0123456789") == groups.npos &&
              groups[0] != '0',
          "norm: '", norm, "' given, group:G with a number of groups G wanted, such as group:4");
    return "gn " + groups;
  }
  const std::vector<std::string> known = {"none",     "batch",        "layer",  "group:G",
                                          "instance", "batch-renorm", "weight", "weight+mean-only",
                                          "spectral", "lrn",          "l1",     "linf"};
  fail("norm: '", norm, "' given", did_you_mean(norm, known));
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
    const std::string noises =
        chosen<std::string>("norm-noise", noise, {{"none", ""}, {"unit", "noise"}, {"layer", "noise layer"}});
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
  check(there, "norm: ", norm, " given, but the network has no layer to normalize",
        norm == "instance" ? " that has positions: of one number a channel the variance is 0" : "");
  return result;
}

}}  // namespace norma
