// The ready-made models as sentences, to the letter; what each --norm puts in the place of "norm"; and every
// model with every normalizer making two steps of training.
#include "layers/network/preset.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/network/build.h"
#include "layers/network/norm.h"
#include "optim/optimizer.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_network_preset_test {

using namespace reference;

std::string sentence(PresetOptions o) { return preset_layers(o); }

TEST_CASE("ready-made models: the sentences, to the letter") {
  CHECK(sentence({}) ==
        "linear 100, norm, sigmoid, linear 100, norm, sigmoid, linear 100, norm, sigmoid, linear 10");
  CHECK(sentence({.model = "dln"}) == "linear 100, norm, linear 100, norm, linear 100, norm, linear 10");
  CHECK(sentence({.model = "cnn"}) ==
        "conv 16 5, norm, relu, pool 2, conv 32 5, norm, relu, pool 2, conv 64 3, norm, relu, flatten, "
        "linear 10");
  CHECK(sentence({.model = "lenet"}) ==
        "conv 6 5, norm, relu, avgpool 2, conv 16 5 pad 0, norm, relu, avgpool 2, flatten, linear 120, norm, "
        "relu, "
        "linear 84, norm, relu, linear 10");
  CHECK(sentence({.model = "resnet"}) ==
        "conv 16 3, norm, relu, residual(conv 16 3, norm, relu, conv 16 3, norm), relu, "
        "residual(conv 32 3 stride 2, norm, relu, conv 32 3, norm | conv 32 1 stride 2, norm), relu, "
        "residual(conv 64 3 stride 2, norm, relu, conv 64 3, norm | conv 64 1 stride 2, norm), relu, "
        "globalpool, flatten, linear 10");
  CHECK(sentence({.model = "vgg"}) ==
        "conv 64 3, norm, relu, pool 2 ceil, conv 128 3, norm, relu, pool 2 ceil, "
        "conv 256 3, norm, relu, conv 256 3, norm, relu, pool 2 ceil, "
        "conv 512 3, norm, relu, conv 512 3, norm, relu, pool 2 ceil, "
        "conv 512 3, norm, relu, conv 512 3, norm, relu, pool 2 ceil, flatten, linear 10");
  CHECK(sentence({.model = "plain"}) ==
        "conv 16 3, norm, relu, conv 16 3, norm, relu, conv 16 3, norm, relu, "
        "conv 32 3 stride 2, norm, relu, conv 32 3, norm, relu, "
        "conv 64 3 stride 2, norm, relu, conv 64 3, norm, relu, globalpool, flatten, linear 10");
}

TEST_CASE("ready-made models: vgg and plain normalize after the activation too, but plain's last") {
  CHECK(sentence({.model = "vgg", .activation = "tanh", .norm_position = NormPosition::after, .width = 2})
            .starts_with("conv 2 3, tanh, norm, pool 2 ceil, conv 4 3, tanh, norm, "));
  CHECK(sentence({.model = "plain", .norm_position = NormPosition::after, .dropout = 0.5, .depth = 3}) ==
        "conv 16 3, relu, norm, conv 32 3 stride 2, relu, norm, conv 64 3 stride 2, norm, relu, globalpool, "
        "flatten, dropout 0.5, linear 10");
}

TEST_CASE("ready-made models: vgg of a width, plain of a depth, and their pictures") {
  CHECK(sentence({.model = "vgg", .dropout = 0.5, .classes = 3, .width = 2}).starts_with("conv 2 3, norm"));
  CHECK(sentence({.model = "vgg", .dropout = 0.5, .classes = 3, .width = 2})
            .ends_with("conv 16 3, norm, relu, pool 2 ceil, flatten, dropout 0.5, linear 3"));
  for (Index depth = 3; depth < 30; ++depth) {
    Index convolutions[3] = {}, halvings = 0;
    for (const LayerWord& word : parse_layers(sentence({.model = "plain", .depth = depth}))) {
      if (word.word != "conv") continue;
      ++convolutions[word.whole(0) == 16 ? 0 : word.whole(0) == 32 ? 1 : 2];
      halvings += word.get("stride", 1) == 2;
    }
    CHECK(convolutions[0] + convolutions[1] + convolutions[2] == depth);
    CHECK((convolutions[0] >= convolutions[1] && convolutions[1] >= convolutions[2] &&
           convolutions[0] <= convolutions[2] + 1));
    CHECK(halvings == 2);
  }
  const auto gives = [](PresetOptions o, Index side) {
    const Shape sample{3, side, side};
    Sequential net = build(substitute_norm(parse_layers(sentence(o)), "batch"), {.sample = sample});
    return net(Tensor::zeros({2, 3, side, side})).shape();
  };
  for (Index side : {17, 28, 32, 33, 64}) CHECK(gives({.model = "vgg", .width = 2}, side) == Shape{2, 10});
  for (Index side : {1, 5, 28, 32}) CHECK(gives({.model = "plain", .depth = 4}, side) == Shape{2, 10});
  CHECK(says(error_of([&] { gives({.model = "vgg", .width = 2}, 16); }), {"layers:", "pool"}));
}

TEST_CASE("ready-made models: activation, position, dropout, sizes and classes") {
  CHECK(sentence({.hidden = {8, 4}, .activation = "relu", .dropout = 0.25, .classes = 3}) ==
        "linear 8, norm, relu, dropout 0.25, linear 4, norm, relu, dropout 0.25, linear 3");
  CHECK(sentence({.hidden = {8}, .activation = "tanh", .norm_position = NormPosition::after}) ==
        "linear 8, tanh, norm, linear 10");
  CHECK(sentence({.hidden = {}}) == "linear 10");
  CHECK(sentence({.model = "dln", .hidden = {}, .classes = 2}) == "linear 2");
  CHECK(sentence({.model = "dln", .hidden = {8}, .norm_position = NormPosition::after, .dropout = 0.5}) ==
        "linear 8, norm, dropout 0.5, linear 10");
  CHECK(sentence({.model = "cnn",
                  .activation = "leaky_relu",
                  .norm_position = NormPosition::after,
                  .dropout = 0.5}) ==
        "conv 16 5, leaky_relu, norm, pool 2, conv 32 5, leaky_relu, norm, pool 2, conv 64 3, "
        "leaky_relu, "
        "norm, flatten, dropout 0.5, linear 10");
  CHECK(sentence({.model = "lenet",
                  .activation = "tanh",
                  .norm_position = NormPosition::after,
                  .dropout = 0.1,
                  .classes = 5}) ==
        "conv 6 5, tanh, norm, avgpool 2, conv 16 5 pad 0, tanh, norm, avgpool 2, flatten, linear 120, tanh, "
        "norm, "
        "dropout 0.1, linear 84, tanh, norm, dropout 0.1, linear 5");
  CHECK(
      sentence(
          {.model = "resnet", .activation = "tanh", .norm_position = NormPosition::after, .dropout = 0.5}) ==
      "conv 16 3, tanh, norm, residual(conv 16 3, tanh, norm, conv 16 3, norm), tanh, "
      "residual(conv 32 3 stride 2, tanh, norm, conv 32 3, norm | conv 32 1 stride 2, norm), tanh, "
      "residual(conv 64 3 stride 2, tanh, norm, conv 64 3, norm | conv 64 1 stride 2, norm), tanh, "
      "globalpool, flatten, dropout 0.5, linear 10");
  CHECK(sentence({.hidden = {8}, .dropout = 0.30000000000000004}).find("dropout 0.30000000000000004,") !=
        std::string::npos);
  auto refusal = [](const PresetOptions& o) { return error_of([&] { preset_layers(o); }); };
  CHECK(refusal({.model = "cmn"}) == "model: unknown value 'cmn'; did you mean 'cnn'?");
  CHECK(refusal({.model = "vit"}) == "model: unknown value 'vit'" + did_you_mean("vit", names_of(presets())));
  CHECK(says(refusal({.model = "plain", .depth = 2}), {"depth of at least 3", "64 and 2"}));
  CHECK(refusal({.activation = "swish"}) ==
        "Activation: expected sigmoid, tanh, relu or leaky_relu, got 'swish'");
  CHECK(refusal({.dropout = -0.1}) == "Dropout: expected a probability between 0 and 1, got -0.1");
  CHECK(refusal({.dropout = NAN}).starts_with("Dropout: expected a probability"));
}

std::string put(const std::string& text, const std::string& norm, const std::string& noise = "none") {
  return to_text(substitute_norm(parse_layers(text), norm, noise));
}

TEST_CASE("substitute_norm: what each name stands for, on vectors and on images") {
  const std::string flat = "linear 8, norm, relu", image = "conv 8 3, norm, relu, flatten, linear 8, norm";
  const struct {
    std::string norm, flat, on_images;
  } table[] = {{"none", "", ""},
               {"batch", "bn", "bn"},
               {"layer", "ln", "gn 1"},
               {"group:1", "gn 1", "gn 1"},
               {"group:4", "gn 4", "gn 4"},
               {"group:99999", "gn 99999", "gn 99999"},
               {"instance", "!", "in"},
               {"batch-renorm", "brn", "brn"},
               {"weight", "wn", "wn"},
               {"weight+mean-only", "wn, meanbn", "wn, meanbn"},
               {"spectral", "sn", "sn"},
               {"lrn", "lrn", "lrn"},
               {"l1", "l1bn", "l1bn"},
               {"linf", "linfbn", "linfbn"}};
  auto then = [](const std::string& words) { return words.empty() ? "" : ", " + words; };
  for (const auto& row : table) {
    INFO(row.norm);
    const auto& [norm, on_flat, on_images] = row;
    CHECK(norm_words(norm, false) == on_images);
    CHECK(norm_words(norm, true) == (on_flat == "!" ? "" : on_flat));
    const std::string here = on_flat == "!" ? "" : on_flat;
    if (on_flat != "!") CHECK(put(flat, norm) == "linear 8" + then(on_flat) + ", relu");
    CHECK(put(image, norm) == "conv 8 3" + then(on_images) + ", relu, flatten, linear 8" + then(here));
    CHECK(put("residual(conv 8 3, norm | norm), globalpool, norm", norm) ==
          "residual(conv 8 3" + then(on_images) + (on_images.empty() ? "" : " | " + on_images) +
              "), globalpool" + then(here));
  }
}

TEST_CASE("substitute_norm: noise, explicit normalizers, places; and what it refuses") {
  CHECK(put("linear 8, norm, relu", "batch", "unit") == "linear 8, bn, noise, relu");
  CHECK(put("linear 8, norm, relu", "batch", "layer") == "linear 8, bn, noise layer, relu");
  CHECK(put("linear 8, norm, relu", "none", "unit") == "linear 8, noise, relu");
  CHECK(put("conv 8 3, norm, flatten, linear 8, norm", "instance", "unit") ==
        "conv 8 3, in, noise, flatten, linear 8, noise");
  CHECK(put("linear 8, bn, linear 8, norm", "none") == "linear 8, bn, linear 8");
  CHECK(put("linear 8, bn, linear 8, norm", "layer") == "linear 8, bn, linear 8, ln");
  const Sentence placed = substitute_norm(parse_layers("relu, norm, tanh"), "weight+mean-only");
  REQUIRE(placed.size() == 4);
  CHECK(where(placed[1]) == "layer 2, 'wn' at character 7");
  CHECK(where(placed[2]) == "layer 2, 'meanbn' at character 7");
  CHECK(where(placed[3]) == "layer 3, 'tanh' at character 13");

  auto refusal = [](const std::string& text, const std::string& norm) {
    return error_of([&] { put(text, norm); });
  };
  CHECK(refusal("linear 8, relu", "batch") == "norm: 'batch' finds no layer to normalize in the network");
  CHECK(refusal("linear 8, norm, relu", "instance") ==
        "norm: 'instance' finds no layer to normalize in the network that has positions: the variance of one "
        "number per channel is 0");
  CHECK(refusal("norm", "bacth") == "norm: unknown value 'bacth'; did you mean 'batch'?");
  CHECK(refusal("norm", "xyzzy") ==
        "norm: unknown value 'xyzzy'" + did_you_mean("xyzzy", names_of(normalizers())));
  for (const char* bad : {"group:", "group:0", "group:-1", "group:4x", "group: 4", "group:1.5", "group:04",
                          "group:999999", "group:G"}) {
    CHECK(error_of([&] { norm_words(bad, true); }) ==
          "norm: expected group:G with a number of groups G, such as group:4, got '" + std::string(bad) +
              "'");
  }
  for (const char* bad : {"", "Batch", "group", "none "})
    CHECK(error_of([&] {
            norm_words(bad, false);
          }).starts_with("norm: unknown value '" + std::string(bad) + "'"));
}

const std::vector<std::string> models = names_of(presets()), norms = [] {
  std::vector<std::string> names = names_of(normalizers());
  for (std::string& name : names)
    if (name.ends_with(":G")) name.back() = '2';
  return names;
}();

TEST_CASE("every model with every normalizer, before and after the activation, makes two steps of training") {
  const Tensor images = random_tensor({8, 1, 28, 28}, 1, 0.2, 0.3);
  const Labels labels = Labels::from({0, 1, 2, 3, 4, 5, 6, 7});
  int networks = 0;
  for (const std::string& model : models) {
    for (const std::string& norm : norms) {
      for (const NormPosition position : {NormPosition::before, NormPosition::after}) {
        const bool in_weight = norm.starts_with("weight") || norm == "spectral";
        const bool flat = model == "mlp" || model == "dln";
        if (position == NormPosition::after && (in_weight || norm == "none" || model == "dln")) continue;
        if (flat && norm == "instance") continue;
        INFO(model, ", ", norm, std::string(position == NormPosition::after ? " after" : ""));
        manual_seed(1);
        BuildOptions o;
        o.sample = flat ? Shape{784} : Shape{1, 28, 28};
        Sequential net = build(
            substitute_norm(parse_layers(preset_layers(
                                {.model = model, .hidden = {8, 8}, .norm_position = position, .width = 2})),
                            norm),
            o);
        Sgd sgd(net.parameters(), {.lr = 0.01, .momentum = 0.9});
        double first = 0, value = 0;
        for (int step = 0; step < 2; ++step) {
          sgd.zero_grad();
          Tensor loss = softmax_cross_entropy(net(flat ? reshape(images, {8, 784}) : images), labels);
          loss.backward();
          value = loss.item();
          if (step == 0) first = value;
          CHECK((std::isfinite(value) && value > 0 && value < 20));  // eight images are soon known by heart
          int some = 0;
          for (const Parameter& p : net.parameters()) {
            INFO(p.name);
            REQUIRE(p.tensor.has_grad());
            double squares = 0;
            for (real g : p.tensor.grad()) squares += double(g) * g;
            CHECK(std::isfinite(squares));
            some += squares > 0;
          }
          CHECK(some >= static_cast<int>(net.parameters().size()) - 3);  // all but a few dead units'
          sgd.step();
        }
        CHECK(value != first);
        net.eval();
        NoGrad guard;
        for (real y : net(flat ? reshape(images, {8, 784}) : images)) CHECK(std::isfinite(y));
        ++networks;
      }
    }
  }
  CHECK(networks >= 5 * 12 - 2 + 3 * 8 + 7);
}

TEST_CASE("for_each_layer: both branches of a residual begin with what stands before it") {
  std::string flats;
  const bool out = for_each_layer(
      parse_layers("bn, residual(globalpool, bn | bn, globalpool), bn"), false,
      [&](const LayerWord& layer, bool flat) { flats += layer.word == "bn" ? (flat ? 'f' : 'i') : '-'; });
  CHECK(out);
  CHECK(flats == "i-i--ff");  // before, residual, shortcut's two, main's two, after
}

}  // namespace layers_network_preset_test
}}  // namespace norma
