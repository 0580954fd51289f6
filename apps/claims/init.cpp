// BN makes training less sensitive to the scale of the initial weights, the more so the deeper the network.
#include <cmath>

#include "apps/claims/engine/rates.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<Index> depths = {3, 8, 16};
const std::vector<double> rates = {0.03, 0.1, 0.3};
const std::vector<std::string> norms = {"none", "batch"};
constexpr double decades_a_cell = 0.2;

// Five a decade, from 0.001 to 2.5: 10^(k/5), to two digits.
const std::vector<double> deviations = {0.001, 0.0016, 0.0025, 0.004, 0.0063, 0.01, 0.016, 0.025, 0.04,
                                        0.063, 0.1,    0.16,   0.25,  0.4,    0.63, 1,     1.6,   2.5};

std::string arm(const std::string& norm, Index depth, double deviation, double lr) {
  return "norm=" + norm + ", depth=" + std::to_string(depth) + ", std=" + number_text(deviation) +
         ", lr=" + number_text(lr);
}

// The width, in decades, of the deviations from which the network trains at one of the rates at least.
double width(const SeedResults& seed, const std::string& norm, Index depth) {
  double decades = 0;
  for (double deviation : deviations) {
    double best = 0;
    for (double lr : rates) best = std::max(best, accuracy(seed[arm(norm, depth, deviation, lr)]));
    if (best >= trains) decades += decades_a_cell;
  }
  return decades;
}

double gain(const SeedResults& seed, Index depth) {
  return width(seed, "batch", depth) - width(seed, "none", depth);
}

// The mean accuracy at the best of the rates.
double best_mean(const Results& results, const std::string& norm, Index depth, double deviation) {
  double best = NAN;
  for (double lr : rates) {
    const double mean = mean_accuracy_or_nan(results, arm(norm, depth, deviation, lr));
    if (!(best >= mean)) best = mean;
  }
  return best;
}

std::vector<Exhibit> show(const Results& results) {
  HeatMap map = accuracy_map("standard deviation of the initial weights");
  for (double deviation : deviations) map.x_names.push_back(number_text(deviation));
  for (Index depth : depths) {
    for (const std::string& norm : norms) {
      map.y_names.push_back(std::to_string(depth) + " layers, " + (norm == "none" ? "no BN" : "BN"));
      for (double deviation : deviations) map.values.push_back(best_mean(results, norm, depth, deviation));
    }
  }
  return {
      {"grid",
       "Test accuracy at the end at the best of the three rates, mean over the seeds (a diverged run counts as "
       "chance); × if all diverged.",
       map, Exhibit::Place::front}};
}

std::string seen(const Results& results) {
  std::string words;
  for (Index depth : depths) {
    words += (words.empty() ? "With " : "; with ") + std::to_string(depth) + " layers it trains over ";
    for (const std::string& norm : norms) {
      std::vector<double> widths;
      for (std::uint64_t seed : results.seeds()) widths.push_back(width({results, seed}, norm, depth));
      words += number(median(widths)) +
               (norm == "none" ? " decades of initial deviations without BN and over " : " with it");
    }
  }
  return words + " (medians over the seeds; the grid spans " +
         number(decades_a_cell * double(deviations.size())) + ").";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& norm, Index depth, double deviation, double lr) {
        RunConfig c = plain_mlp("relu", depth).config;
        c.norm = norm;
        c.init = "normal";
        c.init_scale = deviation;
        c.lr = lr;
        c.steps = c.eval_every = plan.of(750, 20);
        return training(arm(norm, depth, deviation, lr), c, {.test = Training::brief});
      },
      norms, depths, deviations, rates);
}

}  // namespace

Claim init_claim() {
  return {
      .name = "init",
      .sentence =
          "BN makes training less sensitive to the initial weights: it trains from a wider range of them, the more so "
          "the deeper the network.",
      .source = "Ioffe & Szegedy 2015, abstract and §3.3",
      .paper = "\"… be less careful about initialization\"; no experiment is shown.",
      .scope = "{data}, 3 to 16 hidden layers, {750} steps of 60; the paper: no experiment",
      .asked =
          "The MNIST network with ReLUs and 3, 8 and 16 hidden layers of 100, its weights drawn from normal "
          "distributions whose deviation goes from 0.001 to 2.5 in fifths of a decade (He et al.'s would be 0.05 for "
          "the first layer, 0.14 for the others), at three rates, {750} steps each. A deviation counts as one from "
          "which the network trains if it passes 80% at one of the rates at least, so that an arm is not blamed for a "
          "rate. The width of the range is a fifth of a decade for each such deviation.",
      .parts = {part("width of the range of deviations that train, with BN minus without: 3 layers",
                     rule_wider(),
                     "A factor of ten in the deviation; five cells, far more than the grain at both ends.",
                     [](const SeedResults& seed) { return gain(seed, 3); }),
                part("the same: 8 layers", rule_wider(), "As for 3 layers.",
                     [](const SeedResults& seed) { return gain(seed, 8); }),
                part("the same: 16 layers", rule_wider(), "As for 3 layers.",
                     [](const SeedResults& seed) { return gain(seed, 16); }),
                part("BN's gain in width at 16 layers, minus that at 3",
                     at_least(0.2, Unit::plain, "decades"), "\"The more so\": a cell at least.",
                     [](const SeedResults& seed) { return gain(seed, 16) - gain(seed, 3); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "Where both arms train, the better of them depends on the rate; this asks only what trains at all. The last "
          "layer has no BN, so very large deviations also cost the arm with BN.",
  };
}

}}  // namespace norma
