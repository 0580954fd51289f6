#include "layers/network/load_run.h"

#include <nlohmann/json.hpp>

#include "core/random.h"
#include "layers/network/build.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using json = nlohmann::ordered_json;

// The layers of a sentence, for images such as those of `about`; their weights are to be loaded.
Sequential network_of(const Sentence& sentence, const Dataset& about, bool flat) {
  const Rng before = default_rng();
  const Shape input = flat ? Shape{about.sample.size()} : about.sample;
  Sequential model = build(sentence, {.sample = input, .channels = about.sample[0]});
  default_rng() = before;
  model.eval();
  NoGrad guard;
  const Tensor y = model(Tensor::zeros(batch_shape(1, input)));
  check(y.rank() == 2 && y.dim(1) == about.classes, "its layers: expected one number for each of ",
        about.classes, " classes, got ", y.shape());
  return model;
}

}  // namespace

LoadedRun load_run(const std::filesystem::path& run, const std::string& weights) {
  check(weights == "last" || weights == "best", "load_run: weights: expected last or best, got '", weights,
        "'");
  const std::filesystem::path path =
      run / (weights == "best" ? "model-best.safetensors" : "model.safetensors");
  const std::string file = path.string();
  Metadata metadata;
  const StateDict state = read_safetensors(path, &metadata);
  for (const char* key : {"layers", "data", "binarize"})
    check(metadata.count(key), file, ": has no \"", key,
          "\" in its metadata; norma train of this version writes it");
  const std::string binarize = metadata["binarize"];
  check(binarize == "on" || binarize == "off", file, ": its metadata \"binarize\": expected on or off, got '",
        binarize, "'");
  check_finite(file, state);
  check_variances(state, file);
  Dataset about = read_about(metadata["data"], file);
  try {
    const Sentence sentence = parse_layers(metadata["layers"]);
    const BatchFormat format{binarize == "on", takes_flat_input(sentence)};
    Sequential model = network_of(sentence, about, format.flat);
    model.load(state);
    return {std::move(model), std::move(about), format};
  } catch (const Error& e) {
    fail(file, ": ", e.what());
  }
}

Sentence with_settings(Sentence network, double eps, std::optional<double> momentum) {
  for (LayerWord& layer : network) {
    const auto add = [&](const char* name, double value) {
      if (takes(layer.word, name) && std::isnan(layer.get(name, NAN)))
        layer.settings.push_back({name, value});
    };
    add("eps", eps);
    add("momentum", momentum.value_or(0));
    layer.main = with_settings(std::move(layer.main), eps, momentum);
    layer.shortcut = with_settings(std::move(layer.shortcut), eps, momentum);
  }
  return network;
}

Metadata network_metadata(const Sentence& network, const Dataset& about, bool binarize) {
  return {{"format", "pt"},
          {"layers", to_text(network)},
          {"data", about_text(about)},
          {"binarize", binarize ? "on" : "off"}};
}

std::string about_text(const Dataset& data) {
  json classes = json::array();
  for (int c = 0; c < data.classes; ++c) classes.push_back(data.class_name(c));
  const json about = {
      {"name", data.name}, {"image", {data.sample[0], data.sample[1], data.sample[2]}}, {"classes", classes}};
  return about.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

Dataset read_about(const std::string& text, const std::string& where) {
  try {
    const json j = json::parse(text);
    Dataset about;
    about.name = j.at("name").get<std::string>();
    const auto image = j.at("image").get<std::vector<Index>>();
    check(image.size() == 3, "its image: expected 3 sizes, got ", image.size());
    for (Index n : image) {
      check(n >= 1 && n <= 4096, "its image has a size of ", n);
      about.sample.append(n);
    }
    about.class_names = j.at("classes").get<std::vector<std::string>>();
    const std::size_t classes = about.class_names.size();
    check(classes >= 2 && classes <= 256, "expected 2 to 256 classes, got ", classes);
    about.classes = static_cast<int>(classes);
    return about;
  } catch (const json::exception&) {
    fail(where, ": its metadata \"data\" is not what norma train writes");
  } catch (const Error& e) {
    fail(where, ": its metadata do not say what it learned from: ", e.what());
  }
}

void check_variances(const StateDict& state, const std::string& file) {
  for (const StateEntry& e : state) {
    const std::string last = e.name.substr(e.name.rfind('.') + 1);
    if (!e.counter && last == "std")
      for (real x : e.tensor.values()) check(x > 0, file, ": ", e.name, ": expected values above 0, got ", x);
    if (e.counter || (last != "running_var" && last != "running_std" && last != "running_spread")) continue;
    for (real x : e.tensor.values())
      check(x >= 0, file, ": ", e.name, ": expected values of at least 0, got ", x);
  }
}

}}  // namespace norma
