// Larger rates, as the paper multiplied them: at 5 times the rate that suits the plain network best that
// network loses and the one with BN learns sooner; at 30 times the one with BN still trains.
#include "apps/claims/engine/rates.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<Net> nets = {plain_mlp("sigmoid", 3), plain_mlp("relu", 3), plain_mlp("relu", 8),
                               plain_mlp("relu", 16), plain_cnn()};
const std::vector<std::string> norms = {"none", "batch"};
const std::vector<double> factors = {1, 5, 30};
constexpr Index full_steps = 2'000;

std::string arm(const Net& net, const std::string& norm, double factor) {
  return net.name + ", norm=" + norm + ", rate×" + number_text(factor);
}

std::vector<Cell> tuning(const Plan& plan) {
  return grid([&](const Net& net) { return best_rate_cells(net, plan.of(full_steps, 20)); }, nets);
}

std::vector<Cell> tuned_grid(const Plan& plan, const Results& tuned) {
  return grid(
      [&](const Net& net, const std::string& norm, double factor) {
        RunConfig c = net.config;
        c.norm = norm;
        c.steps = plan.of(full_steps, 20);
        c.lr = factor * best_rate(tuned, net, c.steps);
        c.eval_every = std::max<Index>(1, c.steps / 40);
        return training(arm(net, norm, factor), c, {.test = Training::brief});
      },
      nets, norms, factors);
}

// Three parts of each net.
std::vector<Part> parts() {
  std::vector<Part> all;
  for (const Net& net : nets) {
    all.push_back(
        part(net.name + ": accuracy that the plain net loses at 5 times its best rate",
             at_least(0.01, Unit::points),
             "It loses if it diverges, which counts as chance, or ends a point lower: more than two "
             "seeds of one arm differ by.",
             [net](const SeedResults& seed) {
               return accuracy(seed[arm(net, "none", 1)]) - accuracy(seed[arm(net, "none", 5)]);
             }));
    all.push_back(part(
        net.name + ": steps to the accuracy that the plain net ends with at its best rate, "
                   "of that net over the one with BN at 5 times that rate",
        at_least(1.5, Unit::times),
        "A third fewer is more than the grain, a fortieth of the run; to arrive at all means "
        "to lose nothing.",
        [net](const SeedResults& seed) {
          const Outcome& plain = seed[arm(net, "none", 1)];
          return speedup(plain, seed[arm(net, "batch", 5)], accuracy(plain));
        },
        "runs with BN"));
    all.push_back(part(net.name + ": accuracy with BN at 30 times that rate", rule_trains(),
                       "What every claim here calls to train; chance is 10%.",
                       [net](const SeedResults& seed) { return accuracy(seed[arm(net, "batch", 30)]); }));
  }
  return all;
}

std::vector<Exhibit> show(const Results& results) {
  HeatMap map = accuracy_map("rate, in multiples of what suits the plain net best");
  for (double factor : factors) map.x_names.push_back("×" + number_text(factor));
  Figure curves{.x_label = "training steps", .y_label = "test accuracy", .log_x = true, .percent_y = true};
  for (const Net& net : nets) {
    for (const std::string& norm : norms) {
      map.y_names.push_back(net.name + (norm == "none" ? ", no BN" : ", BN"));
      for (double factor : factors)
        map.values.push_back(mean_accuracy_or_nan(results, arm(net, norm, factor)));
    }
  }
  const Net& deep = nets[2];
  for (const auto& [norm, factor, colour] :
       {std::tuple{"none", 1, arm_colour("none")}, std::tuple{"batch", 1, ordered_colour(0, 3)},
        std::tuple{"batch", 5, ordered_colour(1, 3)}, std::tuple{"batch", 30, ordered_colour(2, 3)}})
    curves.series.push_back(curve(results, arm(deep, norm, factor),
                                  with_or_without(norm) + ", ×" + std::to_string(factor), "step",
                                  "test_accuracy", colour));
  return {
      {"factors",
       "Test accuracy at the end, mean over the seeds (a diverged run counts as chance); × if all diverged.",
       map, Exhibit::Place::front},
      {"steps", deep.name + ": test accuracy over the steps, mean and 95% interval over the seeds.", curves}};
}

std::string seen(const Results& results) {
  std::string words =
      "The rates that suit the plain nets best, chosen on images and seeds that are not used again: ";
  for (const Net& net : nets)
    words += (&net == &nets.front() ? "" : "; ") + net.name + " " +
             number_text(row(results.at(arm(net, "none", 1), results.seeds().front()), "lr").front());
  return words + ".";
}

}  // namespace

Claim learning_rate_claim() {
  return {
      .name = "learning-rate",
      .sentence =
          "BN allows much larger learning rates: at 5 times its best rate the plain network loses accuracy, and with "
          "BN the network learns sooner than ever; at 30 times it still trains.",
      .source = "Ioffe & Szegedy 2015, §4.2.1 and §4.2.2, Fig. 2 and 3",
      .paper =
          "Inception at 5 times its rate diverged. With BN it reached Inception's 72.2% in 14 times fewer steps at 5 "
          "times the rate, and ended highest, at 74.8%, at 30 times.",
      .scope =
          "{data}, plain networks of 3 to 16 layers, {2,000} steps of 60; the paper: ImageNet, Inception (deep), 30 "
          "million steps of 32",
      .asked =
          "Of each plain net the rate that suits it best is sought first, among 13 from 0.01 to 10, with three seeds "
          "of their own, by the accuracy after {2,000} steps on a sixth of the training images that is held back "
          "from training. Then fresh seeds: the same net and the one with BN before each activation, at this rate, "
          "at 5 and at 30 times as much, for {2,000} steps. ReLU networks start from He et al.'s weights. The deeper "
          "a plain net, the narrower the rates it bears; so the nets are of 3, 8 and 16 layers, sigmoids as in the "
          "paper's MNIST network, and a plain convolutional one. Each net's ×5 and ×30 is a separate part.",
      .parts = parts(),
      .grid = {},
      .tuning = tuning,
      .tuned_grid = tuned_grid,
      .show = show,
      .seen = seen,
      .caveat =
          "The paper's networks are deeper than three layers, where no net here need bear 30 times the rate. 5 and "
          "30 are multiples of a rate that is known to within the grid's step, a factor of 1.5 to 2.",
  };
}

}}  // namespace norma
