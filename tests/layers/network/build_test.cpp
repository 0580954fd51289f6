// Networks built of sentences: shapes, padding, biases, names, weights and their gains; and every sentence
// that fits no shape, refused with the place in its text.
#include "layers/network/build.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/weighted.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_network_build_test {

using namespace reference;

const Shape image{1, 28, 28};

Sequential made(const std::string& text, const Shape& sample = image, BuildOptions options = {}) {
  manual_seed(1);
  options.sample = sample;
  return build(parse_layers(text), options);
}

// The layers with the beginnings of their descriptions: "0 Linear(8, 10), 1 ReLU()"
bool describes(const Module& net, const std::vector<std::string>& wanted) {
  bool right = net.children().size() == wanted.size();
  for (std::size_t i = 0; i < std::min(wanted.size(), net.children().size()); ++i) {
    const auto& child = net.children()[i];
    const std::string text = child.name + ' ' + child.module->describe();
    CHECK_MESSAGE(text.starts_with(wanted[i]), text, " instead of ", wanted[i]);
    right = right && text.starts_with(wanted[i]);
  }
  return right;
}

TEST_CASE("every word becomes its layer, named by its place") {
  const Sequential net = made(
      "conv 6 5 stride 2 groups 1, bn, relu, pool 2, avgpool 3 stride 1 pad 1, "
      "residual(conv 6 3, in, tanh, gn 3 eps 0.5 | lrn 3), ln, globalpool, flatten, dropout 0.25, linear 4, "
      "meanbn, "
      "leaky_relu 0.2, l1bn, noise layer, linfbn, sigmoid, brn, noise, linear 10, wn, linear 2, sn");
  CHECK(describes(net, {"0 Conv2d(1, 6, kernel_size=(5, 5), stride=(2, 2), padding=(2, 2), bias=False)",
                        "1 BatchNorm2d(6)",
                        "2 ReLU()",
                        "3 MaxPool2d(kernel_size=2, stride=2",
                        "4 AvgPool2d(kernel_size=3, stride=1, padding=1",
                        "5 Residual(",
                        "6 LayerNorm((6, 7, 7))",
                        "7 AdaptiveAvgPool2d(output_size=1)",
                        "8 Flatten(",
                        "9 Dropout(p=0.25)",
                        "10 Linear(6, 4, bias=False)",
                        "11 MeanOnlyBatchNorm(4)",
                        "12 LeakyReLU(negative_slope=0.2)",
                        "13 L1BatchNorm(4)",
                        "14 BatchNoise(per layer)",
                        "15 LinfBatchNorm(4)",
                        "16 Sigmoid()",
                        "17 BatchRenorm(4",
                        "18 BatchNoise(per unit)",
                        "19 Linear(4, 10, weight_norm)",
                        "20 Linear(10, 2, spectral_norm)"}));
  const auto& parts = net.children()[5].module->children();
  REQUIRE((parts.size() == 2 && parts[0].name == "main" && parts[1].name == "shortcut"));
  CHECK(describes(*parts[0].module, {"0 Conv2d(6, 6, kernel_size=(3, 3)", "1 InstanceNorm2d(6, affine=True)",
                                     "2 Tanh()", "3 GroupNorm(3, 6, eps=0.5)"}));
  CHECK(describes(*parts[1].module, {"0 LocalResponseNorm(3"}));
  CHECK(
      names(made("conv 2 3, bn, relu, residual(conv 2 3, wn | conv 2 1, sn), flatten, linear 3")) ==
      "0.weight 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked 3.main.0.bias "
      "3.main.0.weight_g 3.main.0.weight_v 3.shortcut.0.bias 3.shortcut.0.weight_orig 3.shortcut.0.weight_u "
      "3.shortcut.0.weight_v 5.weight 5.bias");
  CHECK(build({}, {}).children().empty());
}

TEST_CASE("the options reach the layers, the words' own settings come before them") {
  BuildOptions o;
  o.eps = 0.25;
  o.momentum = std::nullopt;
  CHECK(describes(made("linear 4, bn, ln, gn 2, linear 4, bn eps 0.5 momentum 0.2", {3}, o),
                  {"0 Linear(3, 4, bias=False)", "1 BatchNorm1d(4, eps=0.25, momentum=None)",
                   "2 LayerNorm((4,), eps=0.25)", "3 GroupNorm(2, 4, eps=0.25)", "4 Linear(4, 4, bias=False)",
                   "5 BatchNorm1d(4, eps=0.5, momentum=0.2)"}));
  o.momentum = 0.3;
  o.statistics_gradient = false;
  const Sequential net = made("linear 4, bn, bn momentum 0", {3}, o);
  CHECK(describes(net, {"0 Linear(3, 4, bias=False)",
                        "1 BatchNorm1d(4, eps=0.25, momentum=0.3, statistics_gradient=False)",
                        "2 BatchNorm1d(4, eps=0.25, momentum=None, statistics_gradient=False)"}));
  CHECK_FALSE(dynamic_cast<const BatchNorm&>(*net.children()[1].module).options.statistics_gradient);
}

// The shape that comes out for a batch of 3.
Shape shape_of(const std::string& text, const Shape& sample) {
  Shape batch{3};
  for (int i = 0; i < sample.rank(); ++i) batch.append(sample[i]);
  return made(text, sample)(Tensor::zeros(batch)).shape();
}

TEST_CASE("shapes; a convolution keeps odd sizes, and makes even kernels' outputs one smaller") {
  const struct {
    std::string text;
    Shape sample, out;
  } table[] = {
      {"linear 7", {5}, {3, 7}},
      {"flatten, linear 7", {2, 3, 4}, {3, 7}},
      {"conv 8 1", image, {3, 8, 28, 28}},
      {"conv 8 3", image, {3, 8, 28, 28}},
      {"conv 8 7", image, {3, 8, 28, 28}},
      {"conv 8 2", image, {3, 8, 27, 27}},
      {"conv 8 4", image, {3, 8, 27, 27}},
      {"conv 8 3 dilation 2", image, {3, 8, 28, 28}},
      {"conv 8 5 dilation 3", image, {3, 8, 28, 28}},
      {"conv 8 4 dilation 2", image, {3, 8, 28, 28}},
      {"conv 8 2 dilation 3", image, {3, 8, 27, 27}},
      {"conv 8 3 stride 2", image, {3, 8, 14, 14}},
      {"conv 8 3 stride 2", {1, 7, 6}, {3, 8, 4, 3}},
      {"conv 8 3 pad 0", image, {3, 8, 26, 26}},
      {"conv 8 3 pad 2 dilation 2 stride 3", image, {3, 8, 10, 10}},
      {"conv 8 3 groups 4", {4, 5, 5}, {3, 8, 5, 5}},
      {"pool 2", {4, 7, 7}, {3, 4, 3, 3}},
      {"pool 3 stride 2 pad 1", {4, 7, 7}, {3, 4, 4, 4}},
      {"avgpool 7", {4, 7, 7}, {3, 4, 1, 1}},
      {"globalpool", {4, 7, 5}, {3, 4, 1, 1}},
      {"globalpool, flatten", {4, 7, 5}, {3, 4}},
      {"residual(conv 4 3)", {4, 7, 5}, {3, 4, 7, 5}},
      {"residual(conv 8 3 stride 2 | conv 8 1 stride 2)", {4, 7, 5}, {3, 8, 4, 3}},
      // one and three spatial dimensions
      {"conv 8 3, bn, relu, pool 2", {2, 10}, {3, 8, 5}},
      {"conv 8 3, in, avgpool 2, globalpool, flatten, linear 4", {2, 10}, {3, 4}},
      {"conv 8 3, bn, relu, pool 2", {2, 4, 6, 8}, {3, 8, 2, 3, 4}},
      {"conv 8 2, in, avgpool 2, globalpool, flatten, linear 4", {2, 5, 5, 5}, {3, 4}},
      {"gn 2, ln, lrn, brn, l1bn, linfbn, meanbn, noise, conv 4 3, wn, conv 4 3, sn", {2, 10}, {3, 4, 10}},
      {"gn 2, ln, lrn, brn, l1bn, linfbn, meanbn, noise, conv 4 3, wn, conv 4 3, sn",
       {2, 4, 4, 4},
       {3, 4, 4, 4, 4}},
      {"residual(conv 2 3, bn | bn)", {2, 4, 4, 4}, {3, 2, 4, 4, 4}}};
  for (const auto& row : table) {
    INFO(row.text);
    const auto& [text, sample, out] = row;
    CHECK(shape_of(text, sample) == out);
  }
  for (const auto& [d, sample] : {std::pair("1d", Shape{2, 9}), {"3d", {2, 9, 9, 9}}}) {
    const std::string n = d;
    CHECK(describes(made("conv 4 3, bn, in, pool 2, avgpool 2, globalpool", sample),
                    {"0 Conv" + n + "(2, 4, ", "1 BatchNorm" + n + "(4)",
                     "2 InstanceNorm" + n + "(4, affine=True)", "3 MaxPool" + n + "(kernel_size=2",
                     "4 AvgPool" + n + "(kernel_size=", "5 AdaptiveAvgPool" + n + "(output_size=1)"}));
  }
}

TEST_CASE("no bias right before what takes each channel's mean away, unless told") {
  const struct {
    std::string text;
    bool bias;
  } table[] = {{"conv 4 3", true},
               {"conv 4 3, bn", false},
               {"conv 4 3, brn", false},
               {"conv 4 3, l1bn", false},
               {"conv 4 3, linfbn", false},
               {"conv 4 3, meanbn", false},
               {"conv 4 3, in", false},
               {"conv 4 3, ln", true},
               {"conv 4 3, gn 2", true},
               {"conv 4 3, lrn", true},
               {"conv 4 3, wn", true},
               {"conv 4 3, sn", true},
               {"conv 4 3, wn, meanbn", false},
               {"conv 4 3, sn, bn", false},
               {"conv 4 3, wn, relu", true},
               {"conv 4 3, relu, bn", true},
               {"conv 4 3, pool 2, bn", true},
               {"conv 4 3, dropout 0.1, bn", true},
               {"conv 4 3, conv 4 3, bn", true},
               {"conv 4 3 bias, bn", true},
               {"conv 4 3 nobias, relu", false},
               {"conv 4 3 bias", true},
               {"conv 4 3 nobias", false},
               {"residual(conv 4 3 | conv 4 1), bn", false},  // the mean takes away what both add
               {"residual(conv 4 3 | conv 4 1), relu", true},
               {"residual(conv 4 3, relu | conv 4 1), bn", true}};
  for (const auto& row : table) {
    INFO(row.text);
    const auto& [text, bias] = row;
    const Sequential net = made(text);
    bool found = false;
    for (const Parameter& p : net.parameters())
      found = found || p.name == "0.bias" || p.name == "0.main.0.bias";
    CHECK(found == bias);
  }
  CHECK(names(made("linear 4, bn, linear 3", {5})) ==
        "0.weight 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked 2.weight 2.bias");
}

// The weights that the layers begin with, or the directions that weight normalization makes of them.
std::vector<Tensor> weights_of(const Module& net) {
  std::vector<Tensor> all;
  for (const StateEntry& e : net.state_dict()) {
    const std::string last = e.name.substr(e.name.rfind('.') + 1);
    if (!e.counter && e.tensor.rank() >= 2 && last != "weight_g") all.push_back(e.tensor);
  }
  return all;
}

bool same_weights(const Module& a, const Module& b) {
  const auto x = weights_of(a), y = weights_of(b);
  return !x.empty() && std::equal(x.begin(), x.end(), y.begin(), y.end(), same_bits);
}

TEST_CASE("networks that differ in normalizers, activations or dropout start from the same weights") {
  auto network = [](const std::string& between) {
    return made("conv 4 3" + between + ", pool 4, residual(conv 4 3" + between +
                " | conv 4 1), flatten, linear 6, " + "linear 3");
  };
  const Sequential plain = network("");
  REQUIRE(weights_of(plain).size() == 5);
  for (const char* between :
       {", bn", ", brn", ", gn 2", ", in", ", l1bn", ", linfbn", ", meanbn", ", lrn", ", wn", ", sn",
        ", wn, meanbn", ", relu", ", tanh", ", dropout 0.3", ", noise", ", sigmoid, bn"}) {
    INFO(std::string(between));
    CHECK(same_weights(plain, network(between)));
  }
  CHECK_FALSE(same_weights(
      plain, made("conv 4 3, conv 4 3, pool 4, residual(conv 4 3 | conv 4 1), flatten, linear 6")));
  const Sequential mlp = made("linear 20, sigmoid, linear 10", {30}),
                   bn = made("linear 20, bn, relu, linear 10", {30}),
                   ln = made("linear 20, ln, relu, dropout 0.5, linear 10", {30});
  CHECK((same_weights(mlp, bn) && same_weights(mlp, ln)));
  CHECK(same_bits(mlp.parameters().back().tensor, bn.parameters().back().tensor));  // the biases as well
}

TEST_CASE("the same seed gives the same network, in training too; another seed gives another") {
  const Sentence s = parse_layers(
      "conv 4 3, sn, noise, relu, dropout 0.5, residual(conv 4 3, wn | conv 4 1), flatten, linear 3");
  BuildOptions o;
  o.sample = {1, 6, 6};
  const Tensor x = random_tensor({5, 1, 6, 6}, 3);
  auto outcome = [&](std::uint64_t seed) {
    manual_seed(seed);
    Sequential net = build(s, o);
    net(x);
    return net(x);
  };
  CHECK(same_bits(outcome(1), outcome(1)));
  CHECK_FALSE(same_bits(outcome(1), outcome(2)));
  manual_seed(1);
  const Sequential first = build(s, o), second = build(s, o);
  CHECK_FALSE(same_weights(first, second));
  CHECK(first.training());
}

TEST_CASE("weights take the gain of the activation that follows, past normalizers and out of a residual") {
  BuildOptions o;
  o.init = {Init::kaiming, Distribution::normal, 1};
  const Shape sample{4, 4, 4};
  auto weight = [&](const std::string& text) { return weights_of(made(text, sample, o)).at(0); };
  const Numbers linear = numbers(weight("conv 4 3"));
  const double relu = std::sqrt(2.0), tanh = 5.0 / 3;
  const struct {
    std::string text;
    double gain;
  } table[] = {{"conv 4 3, relu", relu},
               {"conv 4 3, tanh, relu", tanh},
               {"conv 4 3, sigmoid", 1},
               {"conv 4 3, leaky_relu", std::sqrt(2 / 1.0001)},
               {"conv 4 3, leaky_relu 0.5", std::sqrt(2 / 1.25)},
               {"conv 4 3, bn, dropout 0.1, pool 2, tanh", tanh},
               {"conv 4 3, gn 2, relu", relu},
               {"conv 4 3, conv 4 3, relu", 1},
               {"conv 4 3, residual(conv 4 3, relu), relu", 1},
               {"conv 4 3, flatten, linear 5, relu", 1},
               {"residual(conv 4 3), relu", relu},
               {"residual(conv 4 3, bn | conv 4 1), tanh", tanh},
               {"residual(residual(conv 4 3)), bn, relu", relu},
               {"residual(conv 4 3, tanh), relu", tanh}};
  for (const auto& row : table) {
    INFO(row.text);
    const auto& [text, gain] = row;
    Numbers want = linear;
    for (Wide& w : want) w *= gain;
    CHECK(difference(weight(text), want) < tolerance);
  }
}

LayerWord by_hand(const std::string& word) {
  LayerWord layer;
  layer.word = word;
  return layer;
}

TEST_CASE("what fits no shape is refused, with the place in the text and the shape that is there") {
  const struct {
    std::string text;
    Shape sample;
    std::string message;
  } table[] = {
      {"linear 10, conv 8 3",
       {5},
       "layer 2, 'conv' at character 12 after (N, 10): conv: expected (C, L), (C, H, W) or (C, D, H, W)"},
      {"flatten, pool 2", image,
       "layer 2, 'pool' at character 10 after (N, 784): pool: expected (C, L), (C, H, W) or (C, D, H, W)"},
      {"flatten, avgpool 2", image,
       "layer 2, 'avgpool' at character 10 after (N, 784): avgpool: expected (C, L), (C, H, W) or (C, D, H, "
       "W)"},
      {"flatten, globalpool", image,
       "layer 2, 'globalpool' at character 10 after (N, 784): globalpool: expected (C, L), (C, H, W) or (C, "
       "D, "
       "H, W)"},
      {"linear 8, in",
       {5},
       "layer 2, 'in' at character 11 after (N, 8): in: expected (C, L), (C, H, W) or (C, D, H, W)"},
      {"conv 8 3, linear 10", image,
       "layer 2, 'linear' at character 11 after (N, 8, 28, 28): expected (N, D); put flatten before it"},
      {"globalpool, linear 10", image,
       "layer 2, 'linear' at character 13 after (N, 1, 1, 1): expected (N, D); put flatten before it"},
      {"conv 16 3, gn 3", image,
       "layer 2, 'gn' at character 12 after (N, 16, 28, 28): GroupNorm: expected a number of channels that "
       "is a multiple of the groups, got 16 channels and 3 groups"},
      {"conv 16 3, relu, wn", image,
       "layer 3, 'wn' at character 18 after (N, 16, 28, 28): goes right after a linear or conv, whose weight "
       "it normalizes"},
      {"wn", image,
       "layer 1, 'wn' at character 1 after (N, 1, 28, 28): goes right after a linear or conv, whose weight "
       "it normalizes"},
      {"linear 3, bn, sn",
       {5},
       "layer 3, 'sn' at character 15 after (N, 3): goes right after a linear or conv, whose weight it "
       "normalizes"},
      {"residual(wn)", image,
       "layer 2, 'wn' at character 10 after (N, 1, 28, 28): goes right after a linear or conv, whose weight "
       "it normalizes"},
      {"linear 3, wn, wn",
       {5},
       "layer 3, 'wn' at character 15 after (N, 3): weight_norm: the weight of Linear(5, 3, weight_norm) is "
       "reparametrized already"},
      {"linear 3, wn, sn",
       {5},
       "layer 3, 'sn' at character 15 after (N, 3): spectral_norm: the weight of Linear(5, 3, weight_norm) "
       "is reparametrized already"},
      {"conv 8 3, brn momentum 0", image,
       "layer 2, 'brn' at character 11 after (N, 8, 28, 28): has no cumulative average; expected a momentum "
       "above 0"},
      {"linear 3, norm",
       {5},
       "layer 2, 'norm' at character 11 after (N, 3): stands for a normalizer, and none was put in its "
       "place"},
      {"residual(conv 8 3)", image,
       "layer 1, 'residual' at character 1 after (N, 1, 28, 28): Residual: main gives (2, 8, 28, 28), the "
       "identity (2, 1, 28, 28)"},
      {"residual(conv 8 3 | conv 4 3)", image,
       "layer 1, 'residual' at character 1 after (N, 1, 28, 28): Residual: main gives (2, 8, 28, 28), "
       "shortcut (2, 4, 28, 28)"},
      {"residual(relu | residual(linear 3))",
       {1, 2, 2},
       "layer 4, 'linear' at character 26 after (N, 1, 2, 2): expected (N, D); put flatten before it"}};
  for (const auto& row : table) {
    INFO(row.text);
    CHECK(error_of([&] { made(row.text, row.sample); }) == "layers: " + row.message);
  }
  // If a layer says what is wrong, its words come after the place.
  for (const auto& row :
       {std::pair("conv 8 5 pad 0, pool 30",
                  "layers: layer 2, 'pool' at character 17 after (N, 8, 24, 24): "),
        {"conv 8 3 groups 3", "layers: layer 1, 'conv' at character 1 after (N, 1, 28, 28): "},
        {"conv 8 29 pad 0", "layers: layer 1, 'conv' at character 1 after (N, 1, 28, 28): "},
        {"pool 2 pad 2", "layers: layer 1, 'pool' at character 1 after (N, 1, 28, 28): "}}) {
    const std::string text = row.first, begin = row.second;
    INFO(text);
    const std::string message = error_of([&] { made(text); });
    CHECK_MESSAGE((message.starts_with(begin) && message.size() > begin.size() + 20), message);
  }
  BuildOptions o;
  o.sample = {5};
  CHECK(error_of([&] { build({by_hand("linear")}, o); }) ==  // made by hand
        "layers: layer 0, 'linear' at character 0 after (N, 5): expected 1 or more numbers, got 0");
  CHECK(error_of([&] { build({by_hand("odd")}, o); }) ==
        "layers: layer 0, 'odd' at character 0 after (N, 5): stands for a normalizer, and none was put in "
        "its place");
}

}  // namespace layers_network_build_test
}}  // namespace norma
