#include "layers/network/preset.h"

#include "layers/activation.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {

// What the models are put together from.
struct PresetPieces {
  const PresetOptions& o;
  std::string activation, step, dropout, output;  // step: activation and norm, after a linear or conv

  std::string linear(Index units) const { return "linear " + std::to_string(units) + step + dropout + ", "; }
  std::string conv(Index channels, int kernel, const std::string& settings = "") const {
    return "conv " + std::to_string(channels) + ' ' + std::to_string(kernel) + settings;
  }
  // Two convolutions beside the identity, or beside a 1×1 convolution where the size changes.
  std::string block(int channels, bool smaller) const {
    const std::string stride = smaller ? " stride 2" : "";
    return "residual(" + conv(channels, 3, stride) + step + ", " + conv(channels, 3) + ", norm" +
           (smaller ? " | " + conv(channels, 1, stride) + ", norm" : "") + "), " + activation + ", ";
  }
};

namespace {

std::string mlp_layers(const PresetPieces& p) {
  std::string text;
  for (Index units : p.o.hidden) text += p.linear(units);
  return text + p.output;
}

std::string cnn_layers(const PresetPieces& p) {
  return p.conv(16, 5) + p.step + ", pool 2, " + p.conv(32, 5) + p.step + ", pool 2, " + p.conv(64, 3) +
         p.step + ", flatten" + p.dropout + ", " + p.output;
}

std::string lenet_layers(const PresetPieces& p) {
  return p.conv(6, 5) + p.step + ", avgpool 2, " + p.conv(16, 5, " pad 0") + p.step +
         ", avgpool 2, flatten, " + p.linear(120) + p.linear(84) + p.output;
}

std::string vgg_layers(const PresetPieces& p) {
  std::string text;
  const int convolutions[] = {1, 1, 2, 2, 2}, times[] = {1, 2, 4, 8, 8};
  for (int stage = 0; stage < 5; ++stage) {
    for (int i = 0; i < convolutions[stage]; ++i) text += p.conv(p.o.width * times[stage], 3) + p.step + ", ";
    text += "pool 2 ceil, ";
  }
  return text + "flatten" + p.dropout + ", " + p.output;
}

// Three stages, of which the first takes one more and then the second if the depth is no multiple of 3; the
// first convolution of the second and third halves the size. The last normalizes before its activation, as
// resnet's blocks do: the mean of what was centred by channel would be 0.
std::string plain_layers(const PresetPieces& p) {
  std::string text;
  Index left = p.o.depth;
  for (Index stage = 0; stage < 3; ++stage)
    for (Index i = 0; i < (p.o.depth + 2 - stage) / 3; ++i)
      text += p.conv(16 << stage, 3, stage > 0 && i == 0 ? " stride 2" : "") +
              (--left ? p.step : ", norm, " + p.activation) + ", ";
  return text + "globalpool, flatten" + p.dropout + ", " + p.output;
}

std::string resnet_layers(const PresetPieces& p) {
  return p.conv(16, 3) + p.step + ", " + p.block(16, false) + p.block(32, true) + p.block(64, true) +
         "globalpool, flatten" + p.dropout + ", " + p.output;
}

}  // namespace

const std::vector<Named<NormPosition>>& norm_positions() {
  static const std::vector<Named<NormPosition>> table = {{"before", NormPosition::before},
                                                         {"after", NormPosition::after}};
  return table;
}

const std::vector<PresetRow>& presets() {
  static const std::vector<PresetRow> table = {
      {"mlp", "", "sigmoid", {"hidden"}, /*by_sizes=*/true, mlp_layers},
      {"cnn", "", "relu", {}, false, cnn_layers},
      {"lenet", "", "relu", {}, false, lenet_layers},
      {"resnet", "", "relu", {}, false, resnet_layers},
      {"vgg", "", "relu", {"width"}, false, vgg_layers},
      {"plain", "", "relu", {"depth"}, false, plain_layers},
      {"dln", " (deep linear network)", "", {"hidden"}, false, mlp_layers},
  };
  return table;
}

std::string preset_layers(const PresetOptions& o) {
  const PresetRow& row = find_named(presets(), o.model, "model");
  const std::string activation = o.activation == PresetOptions().activation ? row.activation : o.activation;
  if (*row.activation) find_activation(activation);
  check(o.width >= 1 && o.depth >= 3,
        "preset: expected a width of at least 1 and a depth of at least 3, got ", o.width, " and ", o.depth);
  check(o.dropout >= 0 && o.dropout <= 1, "Dropout: expected a probability between 0 and 1, got ", o.dropout);
  const bool before = o.norm_position == NormPosition::before;
  const std::string step = !*row.activation ? ", norm"
                           : before         ? ", norm, " + activation
                                            : ", " + activation + ", norm";
  return row.layers({o, activation, step, o.dropout > 0 ? ", dropout " + number_text(o.dropout) : "",
                     "linear " + std::to_string(o.classes)});
}

}}  // namespace norma
