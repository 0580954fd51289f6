// Every layer that PyTorch has too against PyTorch: golden/layers.json, which golden/make_golden_layers.py
// had PyTorch compute in float64. A case is a layer, its arguments, its state before, and passes one after
// the other.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/conv.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "layers/linear.h"
#include "layers/lrn.h"
#include "layers/pooling.h"
#include "layers/spectral_norm.h"
#include "layers/weight_norm.h"
#include "tests/golden/golden.h"

namespace norma { inline namespace NORMA_BUILD { namespace golden_golden_layers_test {

// Sets `option` to the argument of that name, if there is one; null leaves an optional empty.
template <class T>
void set(T& option, const json& arguments, const char* name) {
  if (arguments.contains(name)) option = arguments[name].get<T>();
}
void set(std::optional<double>& option, const json& arguments, const char* name) {
  if (!arguments.contains(name)) return;
  option = arguments[name].is_null() ? std::nullopt : std::optional(arguments[name].get<double>());
}

// 3, or one per dimension; null is the layer's default.
Sizes sizes(const json& s) {
  if (s.is_null()) return {};
  if (s.is_number()) return s.get<Index>();
  return s.size() == 1   ? Sizes{s[0].get<Index>()}
         : s.size() == 2 ? Sizes{s[0].get<Index>(), s[1].get<Index>()}
                         : Sizes{s[0].get<Index>(), s[1].get<Index>(), s[2].get<Index>()};
}
void set(Sizes& option, const json& arguments, const char* name) {
  if (arguments.contains(name)) option = sizes(arguments[name]);
}

using Made = std::unique_ptr<Module>;

template <class Layer, class Options>
Made channel_norm(const json& arguments) {
  Options options;
  set(options.eps, arguments, "eps");
  set(options.momentum, arguments, "momentum");
  set(options.affine, arguments, "affine");
  set(options.track_running_stats, arguments, "track_running_stats");
  return std::make_unique<Layer>(arguments["num_features"].get<Index>(), options);
}

Made layer_norm(const json& arguments) {
  LayerNormOptions options;
  set(options.eps, arguments, "eps");
  set(options.elementwise_affine, arguments, "elementwise_affine");
  return std::make_unique<LayerNorm>(shape_of(arguments["normalized_shape"]), options);
}

Made group_norm(const json& arguments) {
  GroupNormOptions options;
  set(options.eps, arguments, "eps");
  set(options.affine, arguments, "affine");
  return std::make_unique<GroupNorm>(arguments["num_groups"].get<Index>(),
                                     arguments["num_channels"].get<Index>(), options);
}

Made local_response_norm(const json& arguments) {
  LocalResponseNormOptions options;
  set(options.alpha, arguments, "alpha");
  set(options.beta, arguments, "beta");
  set(options.k, arguments, "k");
  return std::make_unique<LocalResponseNorm>(arguments["size"].get<Index>(), options);
}

// `layer` with weight_norm or spectral_norm, if the arguments say so.
Made weighted(std::unique_ptr<Weighted> layer, const json& arguments) {
  if (arguments.contains("weight_norm")) {
    const json& how = arguments["weight_norm"];
    if (how.empty())
      weight_norm(*layer);
    else
      weight_norm(*layer, how["dim"].is_null() ? -1 : how["dim"].get<int>());
  }
  if (arguments.contains("spectral_norm")) {
    const json& how = arguments["spectral_norm"];
    SpectralNormOptions options;
    set(options.n_power_iterations, how, "n_power_iterations");
    set(options.eps, how, "eps");
    set(options.dim, how, "dim");
    spectral_norm(*layer, options);
  }
  return layer;
}

Made linear_layer(const json& arguments) {
  const Index in = arguments["in_features"], out = arguments["out_features"];
  return weighted(std::make_unique<Linear>(in, out, arguments.value("bias", true)), arguments);
}

template <class Layer>
Made convolution(const json& arguments) {
  ConvOptions options;
  set(options.stride, arguments, "stride");
  set(options.padding, arguments, "padding");
  set(options.dilation, arguments, "dilation");
  set(options.groups, arguments, "groups");
  set(options.bias, arguments, "bias");
  const Index in = arguments["in_channels"], out = arguments["out_channels"];
  return weighted(std::make_unique<Layer>(in, out, sizes(arguments["kernel_size"]), options), arguments);
}

template <class Layer>
Made max_pooling(const json& arguments) {
  MaxPoolOptions options;
  set(options.stride, arguments, "stride");
  set(options.padding, arguments, "padding");
  set(options.dilation, arguments, "dilation");
  set(options.ceil_mode, arguments, "ceil_mode");
  return std::make_unique<Layer>(sizes(arguments["kernel_size"]), options);
}

template <class Layer>
Made avg_pooling(const json& arguments) {
  AvgPoolOptions options;
  set(options.stride, arguments, "stride");
  set(options.padding, arguments, "padding");
  set(options.ceil_mode, arguments, "ceil_mode");
  set(options.count_include_pad, arguments, "count_include_pad");
  set(options.divisor_override, arguments, "divisor_override");
  return std::make_unique<Layer>(sizes(arguments["kernel_size"]), options);
}

template <class Layer>
Made adaptive_pooling(const json& arguments) {
  return std::make_unique<Layer>(sizes(arguments["output_size"]));
}

// PyTorch's layer of that name, from its arguments.
Made make(const std::string& layer, const json& arguments) {
  const struct {
    const char* name;
    Made (*make)(const json&);
  } makers[] = {{"BatchNorm2d", channel_norm<BatchNorm2d, BatchNormOptions>},
                {"BatchNorm3d", channel_norm<BatchNorm3d, BatchNormOptions>},
                {"InstanceNorm1d", channel_norm<InstanceNorm1d, InstanceNormOptions>},
                {"InstanceNorm2d", channel_norm<InstanceNorm2d, InstanceNormOptions>},
                {"InstanceNorm3d", channel_norm<InstanceNorm3d, InstanceNormOptions>},
                {"LayerNorm", layer_norm},
                {"GroupNorm", group_norm},
                {"LocalResponseNorm", local_response_norm},
                {"Linear", linear_layer},
                {"Conv1d", convolution<Conv1d>},
                {"Conv2d", convolution<Conv2d>},
                {"Conv3d", convolution<Conv3d>},
                {"MaxPool1d", max_pooling<MaxPool1d>},
                {"MaxPool2d", max_pooling<MaxPool2d>},
                {"MaxPool3d", max_pooling<MaxPool3d>},
                {"AvgPool1d", avg_pooling<AvgPool1d>},
                {"AvgPool2d", avg_pooling<AvgPool2d>},
                {"AvgPool3d", avg_pooling<AvgPool3d>},
                {"AdaptiveAvgPool1d", adaptive_pooling<AdaptiveAvgPool1d>},
                {"AdaptiveAvgPool2d", adaptive_pooling<AdaptiveAvgPool2d>},
                {"AdaptiveAvgPool3d", adaptive_pooling<AdaptiveAvgPool3d>},
                {"Flatten", [](const json&) -> Made { return std::make_unique<Flatten>(); }},
                {"Dropout", [](const json& a) -> Made { return std::make_unique<Dropout>(a["p"]); }}};
  for (const auto& maker : makers)
    if (layer == maker.name) return maker.make(arguments);
  throw Error("no layer " + layer);
}

// A name stands for one of the file's arrays.
const json& resolve(const json& arrays, const json& value) {
  return value.is_string() ? arrays.at(value.get<std::string>()) : value;
}

bool is_counter(const json& key) { return key == "num_batches_tracked"; }

// The keys, in their order, and the values of a list of [key, values] against the model's.
void same_state(const std::string& name, const json& arrays, const json& golden, const StateDict& state) {
  std::string ours, theirs;
  for (const StateEntry& entry : state) ours += entry.name + ' ';
  for (const json& entry : golden) theirs += entry[0].get<std::string>() + ' ';
  REQUIRE_MESSAGE(ours == theirs, name, ": the state is ", ours, ", in PyTorch ", theirs);
  for (std::size_t i = 0; i < state.size(); ++i) {
    if (is_counter(golden[i][0])) {
      REQUIRE(state[i].counter != nullptr);
      CHECK_MESSAGE(*state[i].counter == golden[i][1], name, ": ", state[i].name, " is ", *state[i].counter);
    } else {
      same(name, state[i].name + " after", state[i].tensor, resolve(arrays, golden[i][1]));
    }
  }
}

void layer_case(const json& arrays, const json& c) {
  const std::string name = c["name"];
  const Made layer = make(c["layer"], c["arguments"]);

  StateDict before;
  for (const json& entry : c["state"]) {
    before.push_back({entry[0], {}, nullptr});
    if (is_counter(entry[0]))
      before.back().counter = std::make_shared<std::int64_t>(entry[1]);
    else
      before.back().tensor = tensor(resolve(arrays, entry[1]));
  }
  layer->load(before);
  same_state(name + ", before", arrays, c["state"], layer->state_dict());

  const Tensor dy = tensor(resolve(arrays, c["dy"]));
  Tensor x;
  for (std::size_t i = 0; i < c["passes"].size(); ++i) {
    const json& pass = c["passes"][i];
    pass["mode"] == "train" ? layer->train() : layer->eval();
    for (const Parameter& p : layer->parameters()) p.tensor.zero_grad();
    x = leaf(resolve(arrays, pass["x"]));
    const Tensor y = (*layer)(x);
    same(name, "y of pass " + std::to_string(i + 1), y, c["y"][i]);
    y.backward(dy);
  }
  same(name, "dx", x.grad(), c["dx"]);
  const std::vector<Parameter> parameters = layer->parameters();
  REQUIRE_MESSAGE(parameters.size() == c["gradients"].size(), name, ": ", parameters.size(), " parameters");
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const json& gradient = c["gradients"][i];
    REQUIRE(parameters[i].name == gradient[0].get<std::string>());
    same(name, "d" + parameters[i].name, parameters[i].tensor.grad(), gradient[1]);
  }
  same_state(name, arrays, c["state_after"], layer->state_dict());
}

TEST_CASE("golden: every layer is PyTorch's for its arguments: state, values, gradients, statistics") {
  const json file = golden("layers.json");
  REQUIRE(file["cases"].size() == 486);
  for (const json& c : file["cases"]) {
    try {
      layer_case(file["arrays"], c);
    } catch (const Error& e) {
      FAIL_CHECK(c["name"].get<std::string>(), ": ", std::string(e.what()));
    }
  }
}

}  // namespace golden_golden_layers_test
}}  // namespace norma
