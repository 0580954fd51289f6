// The models of convolutions against PyTorch's, from the same data and the same first weights: the gradients
// of the first step, and the loss of every step. golden/make_golden_models.py had PyTorch train in float64.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "apps/run/trainer.h"
#include "core/autograd.h"
#include "data/formats/safetensors.h"
#include "tests/golden/golden.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/trajectory_data.h"

namespace norma { inline namespace NORMA_BUILD { namespace golden_golden_models_test {

// Allowed relative difference of a step's loss: in double of every step, in float, whose rounding grows from
// step to step, of the first ones.
constexpr bool in_double = sizeof(real) == sizeof(double);
constexpr double tolerance = in_double ? 1e-8 : 1e-3;
// In float the losses agree to 2e-7 until a kernel's rounding moves some unit across the kink of its ReLU, as
// Cooperlake's does vgg's at step 8: two steps on they differ by 2e-3.
constexpr std::size_t most_steps = in_double ? 1000 : 5;

DataPair formula_data() {
  const trajectory::Data made = trajectory::make_data();
  Dataset all{.name = "formula",
              .source = "trajectory_data.h",
              .sample = Shape{1, 28, 28},
              .classes = trajectory::classes,
              .pixels = made.pixels,
              .labels = made.labels};
  return {all, all.first(20)};
}

RunConfig config_of(const json& wanted) {
  RunConfig c;
  c.model = wanted["model"];
  c.width = wanted.value("width", c.width);
  c.depth = wanted.value("depth", c.depth);
  c.norm = wanted["batch_norm"] ? "batch" : "none";
  c.shuffle = false;
  c.lr = wanted["lr"];
  c.batch_size = wanted["batch"];
  c.steps = wanted["steps"];
  c.log_every = 1;
  return c;
}

// The first weights, by the formula of make_golden_models.py.
StateDict first_state(const StateDict& state) {
  StateDict first = clone(state);
  double fan_in = 0;  // 0: of BatchNorm
  for (std::size_t k = 0; k < first.size(); ++k) {
    Tensor& t = first[k].tensor;
    if (t.defined() && t.rank() >= 2)
      fan_in = double(t.size() / t.dim(0));
    else if (!first[k].name.ends_with(".bias"))
      fan_in = 0;
    if (fan_in == 0) continue;
    const double bound = std::exp2(std::floor(std::log2(std::sqrt(6 / fan_in))));
    t = Tensor::from(t.shape(), trajectory::uniform(100 + k, t.size(), bound));
  }
  return first;
}

// What the first step's gradients are, by name: the norm, then the first three.
void check_gradients(const json& wanted, Module& model) {
  const std::string name = wanted["name"];
  std::size_t seen = 0;
  for (const Parameter& p : model.parameters()) {
    const std::vector<double> theirs = wanted["gradients"][p.name];
    const Tensor gradient = p.tensor.grad();
    const auto ours = gradient.values();
    double squares = 0;
    for (real g : ours) squares += double(g) * g;
    const double allowed = (in_double ? 1e-10 : 1e-3) * theirs[0];
    CHECK_MESSAGE(std::abs(std::sqrt(squares) - theirs[0]) <= allowed, name, ": gradient of ", p.name);
    for (std::size_t i = 0; i + 1 < theirs.size(); ++i)
      CHECK_MESSAGE(std::abs(ours[i] - theirs[i + 1]) <= allowed, name, ": element ", i,
                    " of the gradient of ", p.name);
    ++seen;
  }
  CHECK(seen == wanted["gradients"].size());
}

TEST_CASE("models: vgg, plain and resnet train as PyTorch's do, step by step") {
  const DataPair data = formula_data();
  const TemporaryFolder folder;
  const json all = golden("models.json");
  REQUIRE(all["runs"].size() == 5);
  for (const json& wanted : all["runs"]) {
    const std::string name = wanted["name"];
    RunConfig config = config_of(wanted);
    const RunPlan plan = resolve(config, data);
    config.init_from = folder / "first.safetensors";
    write_safetensors(config.init_from, first_state(build_network(plan).state_dict()));

    RunHooks hooks;
    hooks.gradients = [&](const StepEvent& at) {
      if (at.step == 0) check_gradients(wanted, at.model);
    };
    FinishedRun finished = run(config, data, hooks);

    REQUIRE_MESSAGE(finished.result.losses.size() == wanted["loss"].size(), name);
    double worst = 0;
    Index worst_step = 0;
    for (std::size_t t = 0; t < std::min(most_steps, wanted["loss"].size()); ++t) {
      const double theirs = wanted["loss"][t],
                   off = std::abs(finished.result.losses[t].loss - theirs) / theirs;
      if (!(off <= worst)) worst = off, worst_step = finished.result.losses[t].step;
    }
    MESSAGE(name, ": the losses differ by at most ", worst, " of PyTorch's, at step ", worst_step);
    CHECK_MESSAGE(worst <= tolerance, name, ": the loss of step ", worst_step, " is off by ", worst);

    if (!in_double) continue;
    NoGrad guard;
    finished.model.eval();
    const std::vector<std::vector<double>> theirs = wanted["logits"];
    Batch batch;
    fill(data.train, 0, static_cast<Index>(theirs.size()), plan.loader.format, batch);
    const Tensor ours = finished.model(batch.x);
    for (Index n = 0; n < ours.dim(0); ++n) {
      for (Index k = 0; k < ours.dim(1); ++k) {
        const double z = ours[n * ours.dim(1) + k];
        CHECK_MESSAGE(std::abs(z - theirs[n][k]) <= tolerance * 10, name, ": logit ", k, " of sample ", n);
      }
    }
  }
}

}  // namespace golden_golden_models_test
}}  // namespace norma
