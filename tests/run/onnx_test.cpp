// The walk from a network to ONNX's operators. That other programs compute the same with them,
// exports/check_onnx.py tests.
#include "apps/run/onnx.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "core/autograd.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "layers/linear.h"
#include "layers/network/build.h"
#include "layers/network/norm.h"
#include "layers/network/preset.h"
#include "layers/pooling.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_onnx_test {

Sequential network_of(const std::string& sentence, const Shape& sample) {
  manual_seed(3);
  return build(parse_layers(sentence), {.sample = sample});
}

OnnxGraph graph_of(const std::string& sentence, const Shape& sample = {2, 8, 8}) {
  Sequential net = network_of(sentence, sample);
  return onnx_graph(net, sample);
}

std::string operators(const OnnxGraph& g) {
  std::string all;
  for (const OnnxNode& n : g.nodes) all += (all.empty() ? "" : " ") + n.op;
  return all;
}

// Names are unique, nothing is used before it is there, nothing is there for no use, and the last output is
// "logits".
void check_connected(const OnnxGraph& g) {
  std::set<std::string> known = {"input"}, used;
  for (const OnnxConstant& c : g.constants) CHECK_MESSAGE(known.insert(c.name).second, c.name);
  for (const OnnxNode& n : g.nodes) {
    for (const std::string& input : n.inputs) {
      CHECK_MESSAGE(known.count(input) == 1, n.output, " takes ", input);
      used.insert(input);
    }
    CHECK_MESSAGE(known.insert(n.output).second, n.output);
  }
  known.erase("logits");
  CHECK(known == used);
  REQUIRE(!g.nodes.empty());
  CHECK(g.nodes.back().output == "logits");
}

const Tensor& constant(const OnnxGraph& g, std::string_view name) {
  for (const OnnxConstant& c : g.constants)
    if (c.name == name) return std::get<Tensor>(c.value);
  FAIL("no constant ", name);
  throw;
}

TEST_CASE("onnx: each word of the language as its operators") {
  const struct {
    const char *sentence, *wanted;
  } table[] = {
      {"conv 4 3, bn, relu, pool 2, flatten, linear 3", "Conv BatchNormalization Relu MaxPool Flatten Gemm"},
      {"conv 4 3, brn, sigmoid", "Conv BatchNormalization Sigmoid"},
      {"l1bn, linfbn, meanbn, tanh", "BatchNormalization BatchNormalization BatchNormalization Tanh"},
      {"in, leaky_relu 0.2, avgpool 2", "InstanceNormalization LeakyRelu AveragePool"},
      {"avgpool 3 pad 1", "Pad AveragePool"},
      {"gn 2", "Reshape InstanceNormalization Reshape Mul Add"},
      {"ln", "Reshape InstanceNormalization Reshape Mul Add"},
      {"lrn 3, conv 4 1, wn, conv 4 1, sn", "LRN Conv Conv"},
      {"flatten, lrn 3", "Flatten Reshape LRN Flatten"},
      {"noise, dropout 0.5, globalpool", "Mul GlobalAveragePool"},
      {"residual(conv 2 3, relu)", "Conv Relu Add"},
      {"residual(conv 4 3 | conv 4 1), residual(dropout 0.1)", "Conv Conv Add Add"},
      {"flatten, dropout 0.1", "Flatten"},
      {"dropout 0.1", "Identity"}};
  for (const auto& row : table) {
    INFO(row.sentence);
    const auto& [sentence, wanted] = row;
    const OnnxGraph g = graph_of(sentence);
    CHECK(operators(g) == wanted);
    check_connected(g);
  }
}

TEST_CASE("onnx: every ready-made model with every normalizer is a connected graph of the right shapes") {
  for (const std::string& model : names_of(presets())) {
    for (std::string norm : names_of(normalizers())) {
      if (norm.ends_with(":G")) norm.back() = '2';
      const Sentence sentence = parse_layers(preset_layers({.model = model, .hidden = {8, 8}, .width = 2}));
      const bool flat = takes_flat_input(sentence);
      if (flat && norm == "instance") continue;
      INFO(model, " ", norm);
      const Shape sample = flat ? Shape{784} : Shape{1, 28, 28};
      Sequential net = build(substitute_norm(sentence, norm), {.sample = sample});
      const OnnxGraph g = onnx_graph(net, sample);
      check_connected(g);
      CHECK((g.input == sample && g.output == Shape{10}));
      CHECK_FALSE(net.training());
    }
  }
}

TEST_CASE("onnx: a node's attributes are the layer's numbers, names those of the state") {
  const OnnxGraph g = graph_of("conv 4 3 stride 2 pad 0 dilation 3 groups 2, pool 2 stride 1 pad 1");
  REQUIRE(g.nodes.size() == 2);
  auto whole = [](const OnnxNode& n, const std::string& name) {
    for (const OnnxAttribute& a : n.attributes)
      if (a.name == name) return std::get<std::vector<std::int64_t>>(a.value);
    return std::vector<std::int64_t>();
  };
  using All = std::vector<std::int64_t>;
  CHECK(g.nodes[0].inputs == std::vector<std::string>{"input", "0.weight", "0.bias"});
  CHECK(whole(g.nodes[0], "kernel_shape") == All{3, 3});
  CHECK(whole(g.nodes[0], "strides") == All{2, 2});
  CHECK(whole(g.nodes[0], "pads") == All{0, 0, 0, 0});
  CHECK(whole(g.nodes[0], "dilations") == All{3, 3});
  CHECK(std::get<std::int64_t>(g.nodes[0].attributes.back().value) == 2);
  CHECK(whole(g.nodes[1], "strides") == All{1, 1});
  CHECK(whole(g.nodes[1], "pads") == All{1, 1, 1, 1});
  CHECK(graph_of("residual(conv 2 3 | conv 2 1)").nodes[1].inputs[1] == "0.shortcut.0.weight");
}

TEST_CASE("onnx: BatchNormalization by its constants is what each relative of BatchNorm computes") {
  for (const char* word : {"bn", "bn eps 0.1", "brn", "l1bn eps 0.1", "linfbn", "meanbn"}) {
    INFO(word);
    Sequential net = network_of(word, {3});
    Rng rng(5, 0);
    Tensor x({7, 3});
    for (real& v : x.values()) v = static_cast<real>(rng.normal(2, 3));
    for (int step = 0; step < 3; ++step) net(x);  // moves the running statistics
    for (const Parameter& p : net.parameters())
      for (real& v : p.tensor.values()) v = static_cast<real>(rng.normal(1, 1));
    const OnnxGraph g = onnx_graph(net, {3});
    REQUIRE(operators(g) == "BatchNormalization");
    const double eps = std::get<float>(g.nodes[0].attributes.at(0).value);
    const Tensor scale = constant(g, "0.weight"), shift = constant(g, "0.bias"),
                 mean = constant(g, "0.running_mean"), variance = constant(g, "0.running_var");
    NoGrad guard;
    const Tensor y = net(x);
    for (Index i = 0; i < x.size(); ++i) {
      const Index c = i % 3;
      const double wanted = scale[c] * (x[i] - mean[c]) / std::sqrt(variance[c] + eps) + shift[c];
      CHECK(y[i] == doctest::Approx(wanted).epsilon(1e-5));
    }
  }
}

TEST_CASE("onnx: a last window that hangs over the end is padding at the end") {
  const auto pads = [](const MaxPoolOptions& options, const Shape& sample) {
    Sequential net;
    net.append(MaxPool2d(3, options));
    const OnnxGraph g = onnx_graph(net, sample);
    for (const auto& a : g.nodes.at(0).attributes)
      if (a.name == "pads") return std::get<std::vector<std::int64_t>>(a.value);
    return std::vector<std::int64_t>();
  };
  using Pads = std::vector<std::int64_t>;
  CHECK(pads({.stride = 2, .ceil_mode = true}, {1, 8, 7}) == Pads{0, 0, 1, 0});
  CHECK(pads({.stride = 2}, {1, 8, 7}) == Pads{0, 0, 0, 0});
  CHECK(pads({.stride = 2, .padding = 1, .ceil_mode = true}, {1, 8, 7}) == Pads{1, 1, 2, 1});
  CHECK(pads({.stride = 1, .dilation = 2, .ceil_mode = true}, {1, 8, 7}) == Pads{0, 0, 0, 0});
}

TEST_CASE("onnx: what it has no operator for is refused by the layer's name") {
  CHECK(says(error_of([] { graph_of("relu, residual(conv 2 3, lrn 4)"); }),
             {"onnx: layer 1.main.1, LocalResponseNorm(4,", "expected an odd size"}));
  CHECK(error_of([] { graph_of("residual(conv 2 3, lrn 4)"); }).rfind("onnx: ") == 0);  // named once
  auto error_with = [](auto layer, const Shape& sample = {2, 8, 8}) {
    Sequential net;
    net.append(std::move(layer));
    return error_of([&] { onnx_graph(net, sample); });
  };
  CHECK(says(error_with(AvgPool2d(2, {.ceil_mode = true})), {"layer 0, AvgPool2d(", "ceil_mode"}));
  CHECK(says(error_with(AvgPool2d(2, {.divisor_override = 3})), {"AvgPool2d(", "divisor"}));
  CHECK(says(error_with(AdaptiveAvgPool2d(2)), {"AdaptiveAvgPool2d(", "more than one position"}));
  CHECK(says(error_with(LayerNorm({8})), {"LayerNorm(", "whole sample", "part of it"}));
  CHECK(says(error_with(BatchNorm2d(2, {.track_running_stats = false})),
             {"BatchNorm2d(2", "no running statistics"}));
  CHECK(
      says(error_with(InstanceNorm2d(2, {.track_running_stats = true})), {"InstanceNorm2d(2", "by its own"}));
  struct Own final : Module {
    Tensor forward(const Tensor& x) override { return x; }
    std::string describe() const override { return "Own()"; }
  };
  CHECK(says(error_with(Own()), {"layer 0, Own()", "no operator"}));
}

TEST_CASE("onnx: layers without γ and β") {
  Sequential net;
  net.append(BatchNorm2d(2, {.affine = false}));
  net.append(GroupNorm(2, 2, {.affine = false}));
  net.append(InstanceNorm2d(2));
  net.append(AvgPool2d(2, {.padding = 1, .count_include_pad = false}));
  const OnnxGraph g = onnx_graph(net, {2, 8, 8});
  CHECK(operators(g) ==
        "BatchNormalization Reshape InstanceNormalization Reshape InstanceNormalization AveragePool");
  check_connected(g);
  CHECK(constant(g, "0.weight")[1] == 1);
}

}  // namespace run_onnx_test
}}  // namespace norma
