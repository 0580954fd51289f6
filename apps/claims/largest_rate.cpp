// The largest rate at which a network of three layers trains at all: a log grid of rates, for sigmoids and
// ReLUs.
#include "apps/claims/engine/rates.h"
#include "apps/run/options.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> rates = {0.1, 0.16, 0.25, 0.4, 0.63, 1, 1.6, 2.5, 4, 6.3, 10, 16, 25, 40, 63, 100};
const std::vector<std::string> activations = {"sigmoid", "relu"}, norms = {"none", "batch"};

std::string arm(const std::string& activation, const std::string& norm, double lr) {
  return activation + ", norm=" + norm + ", lr=" + number_text(lr);
}

double largest_rate(const SeedResults& seed, const std::string& activation, const std::string& norm) {
  double largest = NAN;
  for (double lr : rates) {
    if (accuracy(seed[arm(activation, norm, lr)]) >= trains) largest = lr;
  }
  return largest;
}

double ratio(const SeedResults& seed, const std::string& activation) {
  return largest_rate(seed, activation, "batch") / largest_rate(seed, activation, "none");
}

std::vector<Exhibit> show(const Results& results) {
  HeatMap map = accuracy_map("learning rate");
  for (double lr : rates) map.x_names.push_back(number_text(lr));
  for (const std::string& activation : activations) {
    for (const std::string& norm : norms) {
      map.y_names.push_back(activation + (norm == "batch" ? ", BN" : ", no BN"));
      for (double lr : rates) {
        map.values.push_back(mean_accuracy_or_nan(results, arm(activation, norm, lr)));
      }
    }
  }
  return {{"rates",
           "Test accuracy at the end, mean over the seeds (a diverged run counts as chance); × if all "
           "diverged.",
           map}};
}

std::string seen(const Results& results) {
  std::string words;
  for (const std::string& activation : activations) {
    words += (words.empty() ? "" : "; ") + activation + ": the largest rate that trains is ";
    for (const std::string& norm : norms) {
      const auto largest =
          results.each([&](const SeedResults& seed) { return largest_rate(seed, activation, norm); });
      words += number(median(largest)) + (norm == "none" ? " without BN and " : " with BN");
    }
  }
  return words + " (medians over the seeds).";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& activation, const std::string& norm, double lr) {
        RunConfig c;
        c.activation = activation;
        c.norm = norm;
        c.lr = lr;
        c.steps = c.eval_every = plan.of(2'000, 20);
        return training(arm(activation, norm, lr), c, {.test = Training::brief});
      },
      activations, norms, rates);
}

}  // namespace

Claim largest_rate_claim() {
  return {
      .name = "largest-rate",
      .sentence = "With BN the largest rate at which a network trains at all is five times as large.",
      .source =
          "after Ioffe & Szegedy 2015, §4.2.1; the ratio of the largest is not theirs: see learning-rate",
      .paper = "Inception at 5 times its rate diverged; with BN it trained best at 5 and at 30 times.",
      .scope = "{data}, 3 hidden layers, {2,000} steps of 60; the paper: ImageNet, Inception",
      .asked =
          "The paper's MNIST network, with sigmoids and with ReLUs, at rates from 0.1 to 100, five a decade, "
          "for {2,000} steps. (Two a decade, as it was first, can tell a factor of 5 only as 3 or as 10.) A "
          "network \"trains\" at a rate if it then classifies at least 80% of the test set (chance is 10%): "
          "the question is what works at all, not what works best. Small rates that are too slow for {2,000} "
          "steps do not matter here, only the largest that train.",
      .parts = {part(
                    "largest rate that trains, with BN over without: ReLU", at_least(5, Unit::times),
                    "The factor at which the paper's network without BN diverged. On this grid it means four "
                    "cells or more.",
                    [](const SeedResults& seed) { return ratio(seed, "relu"); }),
                part("the same: sigmoid", at_least(5, Unit::times), "As for ReLU.",
                     [](const SeedResults& seed) { return ratio(seed, "sigmoid"); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "The paper never looked for a largest rate: its factors start from the rate that its network without BN was "
          "used at, which is what `learning-rate` asks. This one starts from the largest at which that network trains "
          "at all, which asks for more.",
  };
}

}}  // namespace norma
