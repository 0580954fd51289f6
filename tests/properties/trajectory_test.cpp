// Whole trainings against PyTorch's, loss by loss: the real runner, from the same data and the same first
// weights. golden/make_golden.py had PyTorch train in float64; trajectory_data.h makes data and weights here.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "apps/run/trainer.h"
#include "core/autograd.h"
#include "data/formats/files.h"
#include "data/formats/safetensors.h"
#include "data/load.h"
#include "tests/golden/golden.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/trajectory_data.h"

namespace norma { inline namespace NORMA_BUILD { namespace properties_trajectory_test {

// Allowed relative difference of every step's loss. PyTorch's own float trainings differ by up to 9e-7.
constexpr double tolerance = sizeof(real) == sizeof(double) ? 1e-8 : 1e-5;

void write_idx(const std::filesystem::path& path, const std::vector<Index>& sizes,
               std::span<const std::uint8_t> bytes) {
  std::string file = {0, 0, 8, static_cast<char>(sizes.size())};  // 8: unsigned bytes
  for (Index size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<char>(size >> shift & 255));
  }
  file.append(bytes.begin(), bytes.end());
  write_file(path, file);
}

// The formula's samples as an MNIST-like folder; the test set is the first batch over again.
void write_data(const std::filesystem::path& folder, const trajectory::Data& data) {
  constexpr Index n = trajectory::samples, few = trajectory::batch;
  const std::span pixels(data.pixels), labels(data.labels);
  write_idx(folder / "train-images-idx3-ubyte", {n, 28, 28}, pixels);
  write_idx(folder / "train-labels-idx1-ubyte", {n}, labels);
  write_idx(folder / "t10k-images-idx3-ubyte", {few, 28, 28}, pixels.first(few * trajectory::pixels_each));
  write_idx(folder / "t10k-labels-idx1-ubyte", {few}, labels.first(few));
}

StateDict state_dict(const std::vector<trajectory::Entry>& entries) {
  StateDict state;
  for (const trajectory::Entry& entry : entries) {
    if (entry.name.ends_with("num_batches_tracked")) {
      state.push_back({entry.name, {}, std::make_shared<std::int64_t>(0)});
      continue;
    }
    Shape shape;
    for (Index size : entry.shape) shape.append(size);
    state.push_back({entry.name, Tensor::from(shape, entry.values), nullptr});
  }
  return state;
}

void compare(const json& golden, const DataPair& data) {
  TemporaryFolder folder;
  for (const json& wanted : golden["runs"]) {
    const std::string name = wanted["name"];
    const auto first = trajectory::first_state(wanted["hidden"], wanted["batch_norm"], wanted["bound"]);
    REQUIRE(first.size() == wanted["first_values"].size());
    for (const trajectory::Entry& entry : first) {
      const std::vector<double> values = wanted["first_values"][entry.name];
      for (std::size_t i = 0; i < values.size(); ++i) {
        REQUIRE_MESSAGE(entry.values[i] == values[i], name, ": element ", i, " of ", entry.name,
                        " begins as ", entry.values[i], ", in PyTorch as ", values[i]);
      }
    }
    const std::filesystem::path weights = folder.path / "first.safetensors";
    write_safetensors(weights, state_dict(first));

    RunConfig config;
    config.shuffle = false;
    config.hidden = wanted["hidden"].get<std::vector<Index>>();
    config.activation = wanted["activation"];
    config.norm = wanted["batch_norm"] ? "batch" : "none";
    config.init_from = weights;
    config.lr = wanted["lr"];
    config.momentum = wanted["momentum"];
    config.weight_decay = wanted["weight_decay"];
    config.batch_size = wanted["batch"];
    config.steps = wanted["steps"];
    config.log_every = 1;
    FinishedRun finished = run(config, data);

    REQUIRE_MESSAGE(finished.result.losses.size() == wanted["loss"].size(), name);
    double worst = 0;
    Index worst_step = 0;
    for (std::size_t t = 0; t < wanted["loss"].size(); ++t) {
      const double theirs = wanted["loss"][t],
                   off = std::abs(finished.result.losses[t].loss - theirs) / theirs;
      if (!(off <= worst)) worst = off, worst_step = finished.result.losses[t].step;
      if (!(off <= tolerance)) break;  // the steps after the first that differs say nothing new
    }
    CHECK_MESSAGE(worst <= tolerance, name, ": the loss of step ", worst_step, " is off by ", worst,
                  " of PyTorch's");

    // The trained model in inference mode, with the running statistics of the whole run.
    NoGrad guard;
    finished.model.eval();
    const std::vector<std::vector<double>> theirs = wanted["logits"];
    Batch batch;
    fill(data.train, 0, static_cast<Index>(theirs.size()), {}, batch);
    const Tensor ours = finished.model(batch.x);
    for (Index n = 0; n < ours.dim(0); ++n) {
      for (Index k = 0; k < ours.dim(1); ++k) {
        const double z = ours[n * ours.dim(1) + k], off = std::abs(z - theirs[n][k]);
        CHECK_MESSAGE(off <= tolerance * 10, name, ": logit ", k, " of sample ", n, " is ", z,
                      ", in PyTorch ", theirs[n][k]);
      }
    }
  }
}

TEST_CASE("trajectory: a training is PyTorch's step by step, with and without batch normalization") {
  const json wanted = golden("trajectory.json");
  const trajectory::Data data = trajectory::make_data();
  REQUIRE(std::to_string(trajectory::checksum(data.pixels)) == wanted["pixel_checksum"].get<std::string>());
  REQUIRE(std::to_string(trajectory::checksum(data.labels)) == wanted["label_checksum"].get<std::string>());
  TemporaryFolder folder;
  write_data(folder.path, data);
  compare(wanted, load_data(folder.path));
}

TEST_CASE("trajectory: so is one on MNIST, if MNIST is installed") {
  DataPair data;
  try {
    data = load_data("mnist");
  } catch (const Error& e) {
    MESSAGE("SKIPPED: 200 steps on MNIST against PyTorch's: ", std::string(e.what()));
    return;
  }
  const json wanted = golden("trajectory_mnist.json");
  data.train = data.train.first(trajectory::samples);
  REQUIRE(std::to_string(trajectory::checksum(data.train.pixels)) ==
          wanted["pixel_checksum"].get<std::string>());
  REQUIRE(std::to_string(trajectory::checksum(data.train.labels)) ==
          wanted["label_checksum"].get<std::string>());
  compare(wanted, data);
}

}  // namespace properties_trajectory_test
}}  // namespace norma
