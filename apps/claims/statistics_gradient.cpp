// Without a gradient through the batch's mean and variance, parameters grow for nothing and training breaks.
#include "apps/claims/engine/claim.h"
#include "apps/run/probe.h"
#include "layers/network/sentence.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> rates = {0.01, 0.03, 0.1, 0.3, 1};
const std::vector<std::string> affines = {"fixed", "learned"}, gradients = {"on", "off"};
constexpr int off_colour = 6;  // black: BN without its gradient is not an arm of other figures

std::string arm(const std::string& affine, const std::string& gradient, double lr) {
  return "affine=" + affine + ", gradient=" + gradient + ", lr=" + number_text(lr);
}

std::vector<std::string> at_all_rates(const std::string& affine, const std::string& gradient) {
  return arms_of(rates, [&](double lr) { return arm(affine, gradient, lr); });
}

// The arm at the rate that serves it best.
std::string best(const Results& results, const std::string& affine, const std::string& gradient) {
  return best_arm(results, at_all_rates(affine, gradient));
}

// Biases and weights of the layers that have a normalization behind them: all but the last.
void normalized_layers(Sequential& model, Vector& biases, Vector& weights) {
  std::vector<Weighted*> layers;
  model.for_each([&](Module& m) {
    if (auto* layer = dynamic_cast<Weighted*>(&m)) layers.push_back(layer);
  });
  layers.pop_back();
  for (Weighted* layer : layers) {
    biases.insert(biases.end(), layer->bias.values().begin(), layer->bias.values().end());
    weights.insert(weights.end(), layer->weight.values().begin(), layer->weight.values().end());
  }
}

// Rows "moment" (steps), "bias" (‖b − b₀‖, how far the biases have gone) and "weight" (‖W‖), at so many
// moments.
Training watch(Index steps, Index moments) {
  Training how{.test = Training::brief,
               .seconds = 4e-4 * double(steps),
               .more = "biases, " + std::to_string(moments) + " moments"};
  how.observe = [steps, every = std::max<Index>(1, steps / moments)](const StepEvent& m, const DataPair&,
                                                                     Outcome& out) {
    if (m.step % every != 0 && m.step != steps) return;
    Vector biases, weights;
    normalized_layers(m.model, biases, weights);
    if (m.step == 0) out["start"] = biases;
    out["moment"].push_back(double(m.step));
    out["bias"].push_back(norm(along(biases, -1, out["start"])));
    out["weight"].push_back(norm(weights));
    if (m.step == steps) out.erase("start");
  };
  return how;
}

// p where the distance of the biases grows as tᵖ over the second half of the run. A run that diverged has
// outgrown every bound: 1.
double growth(const Outcome& outcome) {
  if (diverged(outcome)) return 1;
  const auto &t = row(outcome, "moment"), &b = row(outcome, "bias");
  std::size_t half = 0;
  while (2 * t[half + 1] <= t.back()) ++half;
  return std::log(b.back() / b[half]) / std::log(t.back() / t[half]);
}

std::string words(const std::string& gradient) {
  return gradient == "on" ? "gradient through μ, σ²" : "no gradient through μ, σ²";
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"", "learning rate", "test accuracy", "growth p", "‖W‖ at the end"});
  Figure accuracies, biases;
  accuracies.x_label = "learning rate";
  accuracies.y_label = "test accuracy";
  accuracies.percent_y = accuracies.log_x = true;
  accuracies.y_min = 0;
  accuracies.y_max = 1;
  biases.x_label = "training steps";
  biases.y_label = "distance of the biases, ‖b − b₀‖";
  for (const std::string& gradient : gradients) {
    for (const std::string& affine : affines) {
      const bool learned = affine == "learned";
      const int colour = gradient == "on" ? arm_colour("batch") : off_colour;
      const std::string label = words(gradient) + (learned ? "; γ, β" : ""),
                        name = best(results, affine, gradient);
      accuracies.series.push_back(
          points_of(results, at_all_rates(affine, gradient), rates, label, colour, accuracy, learned));
      biases.series.push_back(curve(results, name, label, "moment", "bias", colour, learned));
      t.row({words(gradient) + (learned ? "; with γ, β" : ""), last_value(name),
             percent(mean_accuracy(results, name)),
             gradient == "on" ? "" : number(mean_interval(results.each(name, growth))),
             number(mean_interval(results.each(name, [](const Outcome& o) { return last(o, "weight"); })))});
    }
  }
  return {{"best",
           "Each arm at its best rate, mean ± 95% interval. Growth p: the biases' distance from their start "
           "goes as tᵖ over the second half of the run. With the gradient they do not move, except for "
           "rounding.",
           t},
          {"rates",
           "Test accuracy at the end against the rate; mean and 95% interval; a diverged run counts as "
           "chance. Dashed: with γ and β learned.",
           accuracies},
          {"biases",
           "How far the biases in front of the normalizations have gone, each arm at its best rate; mean and "
           "95% interval. The output does not depend on them.",
           biases}};
}

std::string seen(const Results& results) {
  auto at = [&](const char* affine, const char* gradient) {
    return percent(mean_accuracy(results, best(results, affine, gradient)).mean, 1);
  };
  int broken = 0;
  for (double lr : rates) {
    for (std::uint64_t seed : results.seeds()) broken += diverged(results.at(arm("fixed", "off", lr), seed));
  }
  return "Normalization alone ends at " + at("fixed", "on") + " with the gradient and at " +
         at("fixed", "off") + " without; with γ and β at " + at("learned", "on") + " and " +
         at("learned", "off") + " (each at its best rate). " + std::to_string(broken) + " of the " +
         std::to_string(rates.size() * results.seeds().size()) +
         " runs of normalization alone without the gradient diverged.";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& affine, const std::string& gradient, double lr) {
        RunConfig c;
        c.layers =
            "linear 100 bias, norm, relu, linear 100 bias, norm, relu, linear 100 bias, norm, "
            "relu, linear 10";
        c.norm = "batch";
        c.norm_gradient = gradient == "on";
        c.norm_freeze = affine == "fixed" ? "affine" : "none";
        c.lr = lr;
        c.steps = c.eval_every = plan.of(1'500, 20);
        return training(arm(affine, gradient, lr), c, watch(c.steps, plan.of(50, 10)));
      },
      affines, gradients, rates);
}

}  // namespace

Claim statistics_gradient_claim() {
  return {
      .name = "statistics-gradient",
      .sentence =
          "Without a gradient through the batch's mean and variance, parameters grow without bound while the "
          "loss does not improve, and training breaks.",
      .source = "Ioffe & Szegedy 2015, §2",
      .paper =
          "A bias b before x̂ = x − E[x] grows step by step while the output and the loss stay as they are; "
          "\"the model blows up when the normalization parameters are computed outside the gradient descent "
          "step\". No numbers are given.",
      .scope = "{data}, 3 hidden layers of ReLUs, {1,500} steps of 60; the paper: an argument about one bias",
      .asked =
          "§2's example inside a network that can learn: 784-100-100-100-10 with ReLUs, a bias in every "
          "layer, then x̂ = (x − μ)/√(σ² + ε), with γ = 1 and β = 0 held there, since the section speaks of "
          "normalization alone; {1,500} steps at five rates over two decades, with and without the gradient "
          "through μ and σ². \"Training breaks\" is asked of the final accuracy, each arm at the rate that "
          "serves it best, so that it is not the rate that breaks it. \"Grows without bound while the loss "
          "does not improve\" is asked of the biases in front of the normalizations: μ takes them away "
          "again, so no movement of theirs improves the loss. The distance from their start goes as tᵖ over "
          "the second half of the run, at the same rate: p is 0 if it is bounded, 1 under a steady gradient, "
          "½ if steps shrink with 1/σ while the weights grow too. BN with γ and β is run beside it.",
      .parts =
          {part("test accuracy, with the gradient minus without, normalization alone",
                at_least(0.1, Unit::points),
                "\"Blows up\" is not \"does somewhat worse\": ten points more than the error of some three "
                "percent that such a network is left with.",
                [](const SeedResults& seed) {
                  return accuracy(seed[best(seed.all, "fixed", "on")]) -
                         accuracy(seed[best(seed.all, "fixed", "off")]);
                }),
           part("growth p of the biases without the gradient", at_least(0.25),
                "Halfway from bounded, 0, to the slowest growth that the argument leaves, ½.",
                [](const SeedResults& seed) { return growth(seed[best(seed.all, "fixed", "off")]); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "Three hidden layers; what the lower ones get without the gradient is still partly a direction of "
          "descent, and each further layer adds to its error. With γ and β, which §2 does not have, the "
          "biases come to rest: β has the same gradient except for a factor, and takes it to zero.",
  };
}

}}  // namespace norma
