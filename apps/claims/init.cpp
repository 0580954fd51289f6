// BN makes training less sensitive to the scale of the initial weights.
#include "apps/claims/engine/claim.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> deviations = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3}, rates = {0.03, 0.1, 0.3};
const std::vector<std::string> norms = {"none", "batch"};
constexpr double decades_a_cell = 0.5;
constexpr double trained = 0.8;  // accuracy; as in `learning-rate`

std::string arm(const std::string& norm, double deviation, double lr) {
  return "norm=" + norm + ", std=" + number_text(deviation) + ", lr=" + number_text(lr);
}

// The width, in decades, of the deviations from which the network trains at one of the rates at least.
double width(const SeedResults& seed, const std::string& norm) {
  double decades = 0;
  for (double deviation : deviations) {
    double best = 0;
    for (double lr : rates) best = std::max(best, accuracy(seed[arm(norm, deviation, lr)]));
    if (best >= trained) decades += decades_a_cell;
  }
  return decades;
}

std::vector<Exhibit> show(const Results& results) {
  HeatMap map{.x_label = "standard deviation of the initial weights",
              .y_label = "learning rate",
              .value_label = "test accuracy",
              .value_min = 0.1,
              .value_max = 1,
              .percent_value = true};
  for (double deviation : deviations) map.x_names.push_back(number_text(deviation));
  for (const std::string& norm : norms) {
    for (auto lr = rates.rbegin(); lr != rates.rend(); ++lr) {
      map.y_names.push_back((norm == "batch" ? "BN, " : "no BN, ") + number_text(*lr));
      for (double deviation : deviations) {
        map.values.push_back(mean_accuracy_or_nan(results, arm(norm, deviation, *lr)));
      }
    }
  }
  return {{"grid",
           "Test accuracy at the end, mean over the seeds (a diverged run counts as chance); × where all "
           "diverged.",
           map}};
}

std::string seen(const Results& results) {
  std::string words = "The network trains over ";
  for (const std::string& norm : norms) {
    words += number(median(results.each([&](const SeedResults& seed) { return width(seed, norm); }))) +
             (norm == "none" ? " decades of initial deviations without BN and over " : " with it");
  }
  return words + " (medians over the seeds; the grid spans " +
         number(decades_a_cell * double(deviations.size())) + ").";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& norm, double deviation, double lr) {
        RunConfig c;
        c.activation = "relu";
        c.norm = norm;
        c.init = "normal";
        c.init_scale = deviation;
        c.lr = lr;
        c.steps = c.eval_every = plan.of(1'500, 20);
        return training(arm(norm, deviation, lr), c, {.brief = true});
      },
      norms, deviations, rates);
}

}  // namespace

Claim init_claim() {
  return {
      .name = "init",
      .sentence =
          "BN makes training less sensitive to the initial weights: it trains from a wider range of them.",
      .source = "Ioffe & Szegedy 2015, abstract and §3.3",
      .paper = "\"… be less careful about initialization\"; no experiment is shown.",
      .asked =
          "The MNIST network with ReLUs, its weights drawn from normal distributions whose deviation goes "
          "from 0.001 to 3 in half decades (He et al.'s would be 0.05 for the first layer, 0.14 for the "
          "others), at three rates, 1,500 steps each. A deviation counts as one from which the network "
          "trains if it passes 80% at one of the rates at least, so that an arm is not blamed for a rate. "
          "The width of the range is half a decade for each such deviation.",
      .parts = {part(
          "width of the range of deviations that train, with BN less without",
          at_least(1, Unit::plain, "decades"),
          "The grid's step is half a decade, so one decade is the least that is more than its grain.",
          [](const SeedResults& seed) { return width(seed, "batch") - width(seed, "none"); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "Where both arms train, the better of them depends on the rate; this asks only what trains at all. "
          "The last layer has no BN, so very large deviations also cost the arm with BN.",
  };
}

}}  // namespace norma
