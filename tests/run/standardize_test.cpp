// --standardize: the statistics of the training set in the network, and with it wherever it goes.
#include "layers/standardize.h"

#include <doctest/doctest.h>

#include "apps/run/onnx.h"
#include "apps/run/trainer.h"
#include "data/formats/safetensors.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_standardize_test {

/// Four pictures of (3, 1, 2): red 0 or 255, green always 51, blue 0, 51, …, 255.
DataPair pictures() {
  Dataset d{.name = "four", .source = "here", .sample = {3, 1, 2}, .classes = 2, .pixels = {}, .labels = {}};
  d.pixels = {0, 255, 51, 51, 0,   51,  255, 0, 51, 51, 102, 153,
              0, 255, 51, 51, 204, 255, 0,   0, 51, 51, 255, 0};
  d.labels = {0, 1, 0, 1};
  return {d, d};
}

RunConfig config() {
  RunConfig c;
  c.hidden = {4};
  c.standardize = true;
  c.batch_size = 2;
  c.steps = 4;
  return c;
}

const Standardize& first(const Sequential& model) {
  return dynamic_cast<const Standardize&>(*model.children()[0].module);
}

TEST_CASE("standardize: mean and deviation of each channel over all training pixels, exactly") {
  const DataPair data = pictures();
  const auto all = channel_statistics(data.train);
  REQUIRE(all.size() == 3);
  // Red: 3 of 8 are 1. Blue: 0, 1, 2, 3, 4, 5, 5, 0 fifths, so 20/40, and 80/8/25 − 1/4.
  CHECK(all[0].mean == doctest::Approx(0.375).epsilon(1e-15));
  CHECK(all[0].deviation == doctest::Approx(std::sqrt(0.375 * 0.625)).epsilon(1e-15));
  CHECK((all[1].mean == doctest::Approx(0.2).epsilon(1e-15) && all[1].deviation < 1e-15));
  CHECK(all[2].mean == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(all[2].deviation == doctest::Approx(std::sqrt(0.15)).epsilon(1e-15));
  const auto binary = channel_statistics(data.train, /*binarize=*/true);  // blue: 3, 4, 5, 5 of them are 1
  CHECK((binary[2].mean == 0.5 && binary[2].deviation == 0.5 && binary[1].mean == 0));
  CHECK(says(error_of([&] { channel_statistics(data.train.without_samples()); }), {"expected samples"}));

  const RunPlan plan = resolve(config(), data);
  const Sequential model = build_model(plan, data.train);
  const Standardize& layer = first(model);
  CHECK(layer.mean[0] == real(0.375));
  CHECK(layer.std[0] == real(std::sqrt(0.375 * 0.625)));
  CHECK((layer.mean[2] == doctest::Approx(0.5) && layer.std[2] == doctest::Approx(std::sqrt(0.15))));
  CHECK(layer.std[1] == 1);  // green does not vary: it is only shifted to 0
  CHECK(plan.input == Shape{6});
}

TEST_CASE("standardize: first in every network, once, and only if it is asked for") {
  RunConfig c;
  CHECK(to_text(network(c)).starts_with("linear"));
  c.standardize = true;
  CHECK(to_text(network(c)).starts_with("standardize, linear 100, sigmoid"));
  c.model = "cnn";
  CHECK(to_text(network(c)).starts_with("standardize, conv 16 5"));
  c.layers = "standardize, linear 10";
  CHECK(to_text(network(c)) == "standardize, linear 10");
  CHECK(missing_requirement(c, "standardize") == "no standardize in --layers");
  c.layers = "conv 3 3, bn, flatten, linear 10";
  CHECK(to_text(network(without_batch_norm(c))) == "standardize, conv 3 3, flatten, linear 10");
}

TEST_CASE("standardize: of the samples that are trained on; a checkpoint and --init-from bring theirs") {
  const DataPair data = pictures();
  RunConfig c = config();
  c.train_size = 2;  // red: 0 1 1 0
  std::vector<real> means;
  StateDict finished;
  RunHooks hooks;
  hooks.observe = [&](const StepEvent& e) {
    means.push_back(first(e.model).mean[0]);
    finished = e.model.state_dict();
  };
  run(c, data, hooks);
  REQUIRE(!means.empty());
  for (real mean : means) CHECK(mean == real(0.5));
  // Weights from a file: with them what they were trained on.
  TemporaryFolder folder;
  write_safetensors(folder / "weights.safetensors", finished);
  c.init_from = folder / "weights.safetensors";
  c.train_size = 4;
  const RunPlan plan = resolve(c, data);
  CHECK(first(build_model(plan, data.train)).mean[0] == real(0.5));
}

TEST_CASE("standardize: a run that is stopped and continued ends with the same bytes") {
  const DataPair data = pictures();
  const auto bytes = [](const FinishedRun& finished) {
    return encode_safetensors(finished.model.state_dict());
  };
  const std::string whole = bytes(run(config(), data));
  Checkpoint half;
  RunHooks hooks;
  hooks.stop = [] { return true; };
  hooks.checkpoint = [&](const Checkpoint& c) { half = c; };
  run(config(), data, hooks);
  REQUIRE(half.result.steps == 1);
  CHECK(bytes(run(config(), data, {}, &half)) == whole);
  CHECK(whole.find("0.mean") != std::string::npos);
}

TEST_CASE("standardize: ONNX has it as Sub and Div, of pictures and of flat samples") {
  const DataPair data = pictures();
  for (const char* layers : {"linear 2", "conv 2 1, flatten, linear 2"}) {
    RunConfig c = config();
    c.layers = layers;
    const RunPlan plan = resolve(c, data);
    Sequential model = build_model(plan, data.train);
    const OnnxGraph graph = onnx_graph(model, plan.input);
    REQUIRE(graph.nodes.size() >= 3);
    CHECK((graph.nodes[0].op == "Sub" && graph.nodes[1].op == "Div"));
    const auto& mean = std::get<Tensor>(graph.constants[0].value);
    const bool flat = plan.input.rank() == 1;
    CHECK(mean.shape() == (flat ? Shape{6} : Shape{3, 1, 1}));
    CHECK(mean[flat ? 5 : 2] == first(model).mean[2]);
    CHECK(mean[0] == first(model).mean[0]);
  }
}

}  // namespace run_standardize_test
}}  // namespace norma
