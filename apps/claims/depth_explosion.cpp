// At the start BN makes gradients explode with depth, where there are no skip connections.
#include "apps/claims/engine/claim.h"
#include "apps/run/options.h"
#include "apps/run/probe.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<std::string> norms = {"none", "batch"};
constexpr Index depth = 50, samples = 256;

std::string arm(const std::string& norm) { return "norm=" + norm; }

RunConfig deep_network(const std::string& norm) {
  RunConfig c;
  c.activation = "relu";
  c.norm = norm;
  c.hidden.assign(depth, 100);
  c.init = "kaiming_normal";
  c.batch_size = samples;
  c.steps = 1;
  return c;
}

// The rows "layer" (1 … depth, from the input) and "gradient", ‖∂L/∂W‖ of the hidden layers, of a network
// that has not been trained, for the first samples of the training set.
Outcome first_gradients(const RunConfig& config, const ClaimData& data, std::uint64_t seed) {
  RunConfig c = config;
  c.seed = seed;
  c.batch_size = std::min(samples, data.full.train.size());
  Sequential model = build_model(resolve(c, data.full), data.full.train);
  Batch batch;
  // Each seed looks at other samples too.
  const Index batches = data.full.train.size() / c.batch_size;
  fill(data.full.train, static_cast<Index>(seed % static_cast<std::uint64_t>(batches)) * c.batch_size,
       c.batch_size, {}, batch);
  Vector gradient;
  batch_gradient(model, batch, gradient);
  const std::vector<Parameter> parameters = model.parameters();
  const std::vector<std::size_t> offsets = offsets_of(model);
  Outcome out;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].tensor.rank() != 2) continue;  // a bias, γ or β
    const Vector dW(gradient.begin() + offsets[i], gradient.begin() + offsets[i + 1]);
    out["gradient"].push_back(norm(dW));
    out["layer"].push_back(double(out["gradient"].size()));
  }
  out["gradient"].pop_back();  // the output layer has no BN
  out["layer"].pop_back();
  return out;
}

// The factor by which ‖∂L/∂W‖² grows from one layer to the one below: least squares on its logarithm over the
// layers of 100 inputs.
double growth(const Outcome& outcome) {
  const auto &layer = row(outcome, "layer"), &gradient = row(outcome, "gradient");
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 1; i < layer.size(); ++i) {  // the first has 784
    const double x = layer[i], y = 2 * std::log(gradient[i]);
    n += 1;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  return std::exp(-(n * sxy - sx * sy) / (n * sxx - sx * sx));
}

std::vector<Exhibit> show(const Results& results) {
  Figure f{.x_label = "layer, from the input", .y_label = "length of its weights' gradient", .log_y = true};
  for (const std::string& norm : norms)
    f.series.push_back(
        curve(results, arm(norm), with_or_without(norm), "layer", "gradient", arm_colour(norm)));
  return {{"gradients",
           "‖∂L/∂W‖ of each hidden layer before the first step; mean and 95% interval over the seeds. The "
           "gradient comes from the right.",
           f}};
}

std::string seen(const Results& results) {
  auto whole = [&](const char* norm) {
    return number(median(results.each(
        arm(norm), [](const Outcome& o) { return row(o, "gradient").at(1) / row(o, "gradient").back(); })));
  };
  return "From the last hidden layer down to the second ‖∂L/∂W‖ changes by a factor of " + whole("none") +
         " without BN and of " + whole("batch") + " with it (medians over the seeds).";
}

std::vector<Cell> cells(const Plan&) {
  return grid(
      [&](const std::string& norm) {
        const RunConfig c = deep_network(norm);
        return Cell{
            arm(norm), to_json(c) + "first gradients", 0.05,
            [c](const ClaimData& data, std::uint64_t seed) { return first_gradients(c, data, seed); }};
      },
      norms);
}

}  // namespace

Claim depth_explosion_claim() {
  return {
      .name = "depth-explosion",
      .sentence =
          "Before training BN makes the gradients of deep networks without skip connections explode: they "
          "grow exponentially from layer to layer.",
      .source = "Yang et al. 2019, A Mean Field Theory of Batch Normalization (arXiv 1902.08129)",
      .paper =
          "Gradients grow exponentially with depth whatever the initial weights; for ReLU and large batches "
          "the theory has ‖gradient‖² grow by π/(π − 1) ≈ 1.47 a layer.",
      .scope =
          "{data}, 50 hidden layers of ReLUs at the start, a batch of 256; the paper: theory of infinite width",
      .asked =
          "A network of 50 hidden layers of 100 ReLUs with He et al.'s initial weights, which without BN "
          "keep gradients at one size (that is what they were made for), and the gradient of one batch of "
          "256 images. ‖∂L/∂W‖² of the layers is fitted by an exponential.",
      .parts =
          {part("growth of ‖∂L/∂W‖² a layer with BN", at_least(1.2, Unit::times),
                "A fifth a layer is a factor of 9,000 over 50 layers: an explosion by any standard, and less "
                "than half of the theory's growth.",
                [](const SeedResults& seed) { return growth(seed[arm("batch")]); }),
           part(
               "the same without BN", at_most(1.1, Unit::times),
               "It is BN that makes them explode only if they do not without; a tenth per layer is what chance "
               "may do to 100 units.",
               [](const SeedResults& seed) { return growth(seed[arm("none")]); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "At initialization only. After a few steps the gradients' range is much smaller (the paper's last "
          "section), and networks of usual depth train well with BN (`saturation`); deeper ones have skips.",
  };
}

}}  // namespace norma
