// A run's network, loaded from its file of weights alone, is the network that was trained.
#include "layers/network/load_run.h"

#include <doctest/doctest.h>

#include "apps/run/opened_run.h"
#include "apps/run/run_folder.h"
#include "core/random.h"
#include "data/load.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_network_load_run_test {

const DataPair& digits() {
  static const DataPair data = load_data("digits", {}, {.train = 120, .test = 40, .seed = 3});
  return data;
}

RunConfig base() {
  RunConfig c;
  c.hidden = {9};
  c.steps = 12;
  c.batch_size = 20;
  return c;
}

std::vector<real> logits(Sequential& model, const BatchFormat& format) {
  NoGrad guard;
  Batch batch;
  fill(digits().test, 0, 40, format, batch);
  const Tensor y = model(batch.x);
  return {y.values().begin(), y.values().end()};
}

TEST_CASE("load_run: the network of every kind of run, without its configuration") {
  std::vector<std::pair<const char*, RunConfig>> all;
  auto add = [&](const char* name, auto change) {
    RunConfig c = base();
    change(c);
    all.emplace_back(name, c);
  };
  add("mlp", [](RunConfig&) {});
  add("its eps", [](RunConfig& c) { c.norm = "batch", c.norm_eps = 0.3; });
  add("cumulative", [](RunConfig& c) { c.norm = "batch", c.norm_momentum = 0; });
  add("binarize", [](RunConfig& c) { c.binarize = true; });
  add("standardize", [](RunConfig& c) { c.standardize = true, c.norm = "layer", c.norm_eps = 0.1; });
  add("cnn", [](RunConfig& c) {
    c.layers = "conv 4 3 stride 2, bn eps 0.7, relu, residual(conv 4 3, gn 2, relu | in), flatten, linear 10";
    c.norm_eps = 0.2;
  });
  for (const char* norm : {"batch-renorm", "weight", "weight+mean-only", "spectral", "l1", "linf", "lrn"})
    add(norm, [&](RunConfig& c) { c.norm = norm; });
  add("validation", [](RunConfig& c) { c.validation = 0.2, c.norm = "batch", c.eval_every = 2; });
  for (const auto& one : all) {
    CAPTURE(one.first);
    const TemporaryFolder folder;
    write_run(folder.path, run(one.second, digits()));
    for (const std::string weights : {"last", "best"}) {
      if (weights == "best" && one.second.validation == 0) continue;
      OpenedRun opened = open_run(folder.path, "test", weights);
      const std::vector<real> wanted = logits(opened.model, opened.plan.loader.format);
      const TemporaryFolder alone;
      const std::string file = weights == "best" ? "model-best.safetensors" : "model.safetensors";
      std::filesystem::copy_file(folder / file, alone / file);
      manual_seed(5);
      const Rng before = default_rng();
      LoadedRun loaded = load_run(alone.path, weights);
      CHECK(default_rng().words() == before.words());
      CHECK(logits(loaded.model, loaded.format) == wanted);
      CHECK(loaded.format.binarize == one.second.binarize);
      CHECK(loaded.about.sample == Shape{1, 28, 28});
      CHECK((loaded.about.classes == 10 && loaded.about.class_name(7) == "7"));
    }
  }
}

TEST_CASE("load_run: a sentence says each eps and momentum") {
  const Sentence s = parse_layers("linear 3, bn eps 0.5, residual(ln | meanbn), wn, brn");
  CHECK(to_text(with_settings(s, 0.25, 0.5)) ==
        "linear 3, bn eps 0.5 momentum 0.5, residual(ln eps 0.25 | meanbn momentum 0.5), wn, brn eps 0.25 "
        "momentum 0.5");
  CHECK(to_text(with_settings(parse_layers("bn"), 1e-5, {})) == "bn eps 1e-05 momentum 0");
}

TEST_CASE("load_run: a file that does not say its network, or says another, is an error that names it") {
  const TemporaryFolder folder;
  RunConfig c = base();
  c.norm = "batch";
  write_run(folder.path, run(c, digits()));
  const std::filesystem::path file = folder / "model.safetensors";
  Metadata metadata;
  const StateDict state = read_safetensors(file, &metadata);
  auto error = [&](auto change) {
    Metadata other = metadata;
    StateDict weights = clone(state);
    change(other, weights);
    write_safetensors(file, weights, other);
    return error_of([&] { load_run(folder.path); });
  };
  const std::string name = file.string();
  CHECK(error([](Metadata&, StateDict&) {}) == "no error");
  for (const char* key : {"layers", "data", "binarize"})
    CHECK(says(error([&](Metadata& m, StateDict&) { m.erase(key); }),
               {name, "has no \"" + std::string(key) + "\" in its metadata"}));
  auto set = [&](const char* key, const char* value) {
    return error([&](Metadata& m, StateDict&) { m[key] = value; });
  };
  CHECK(says(set("layers", "liner 10"), {name, "'liner'", "did you mean 'linear'"}));
  CHECK(says(set("layers", "linear 10"), {name, "0.weight"}));
  CHECK(says(set("layers", "linear 11"), {name, "one number for each of 10 classes, got (1, 11)"}));
  CHECK(says(set("binarize", "yes"), {name, "on or off, got 'yes'"}));
  CHECK(says(set("data", "{"), {name, "\"data\""}));
  CHECK(says(set("data", R"({"name":"x","image":[1,28],"classes":["a","b"]})"),
             {name, "expected 3 sizes, got 2"}));
  CHECK(says(error([](Metadata&, StateDict& s) { s[0].tensor[0] = NAN; }), {name}));
  CHECK(says(error([](Metadata&, StateDict& s) {
               for (StateEntry& e : s)
                 if (e.name.ends_with("running_var")) e.tensor[0] = -1;
             }),
             {name, "running_var", "got -1"}));
  CHECK(says(error_of([&] { load_run(folder.path, "best"); }), {"model-best.safetensors"}));
  CHECK(says(error_of([&] { load_run(folder.path, "first"); }), {"expected last or best, got 'first'"}));
}

}  // namespace layers_network_load_run_test
}}  // namespace norma
