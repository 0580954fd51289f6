// With BN, dropout can go: where it matters, on a small training set.
#include "apps/claims/engine/claim.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> rates = {0, 0.2, 0.5};
const std::vector<std::string> norms = {"none", "batch"};

std::string arm(const std::string& norm, double p) { return "norm=" + norm + ", dropout=" + number_text(p); }

// The better of the two that drop, so that dropout is not blamed for its probability.
std::string best_dropout(const Results& results, const std::string& norm) {
  return best_arm(results, {arm(norm, 0.2), arm(norm, 0.5)});
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"", "no dropout", "dropout 0.2", "dropout 0.5"});
  for (const std::string& norm : norms) {
    std::vector<std::string> cells = {with_or_without(norm)};
    for (double p : rates) cells.push_back(percent(mean_accuracy(results, arm(norm, p))));
    t.row(cells);
  }
  Figure f{.x_label = "probability of dropping a unit", .y_label = "test error", .percent_y = true};
  for (const std::string& norm : norms) {
    const auto arms = arms_of(rates, [&](double p) { return arm(norm, p); });
    f.series.push_back(points_of(results, arms, rates, with_or_without(norm), arm_colour(norm),
                                 [](const Outcome& o) { return 1 - accuracy(o); }));
  }
  return {{"table", "Test accuracy at the end, mean ± 95% interval.", t},
          {"error", "Test error at the end against dropout; mean and 95% interval.", f}};
}

std::string seen(const Results& results) {
  auto gain = [&](const std::string& norm) {
    return points(paired_difference(results.each(best_dropout(results, norm), accuracy),
                                    results.each(arm(norm, 0), accuracy)));
  };
  return "Dropout at its better probability changes the accuracy by " + gain("none") + " without BN and by " +
         gain("batch") + " with it.";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& norm, double p) {
        RunConfig c;
        c.activation = "relu";
        c.norm = norm;
        c.dropout = p;
        c.train_size = 2'000;
        c.schedule = "cosine";
        c.steps = c.eval_every = plan.of(3'000, 20);
        return training(arm(norm, p), c);
      },
      norms, rates);
}

}  // namespace

Claim dropout_claim() {
  return {
      .name = "dropout",
      .sentence = "BN regularizes by itself: with it dropout can be left out.",
      .source = "Ioffe & Szegedy 2015, §3.4 and §4.2.1",
      .paper =
          "BN-Inception was trained without dropout and reached a higher accuracy, \"without increasing "
          "overfitting\".",
      .scope =
          "2,000 images of {data}, 3 hidden layers of ReLUs, {3,000} steps of 60; the paper: ImageNet, Inception",
      .asked =
          "The MNIST network with ReLUs on the first 2,000 training images only, {3,000} steps (90 epochs) "
          "with a cosine schedule from a rate of 0.1: enough to learn every training image by heart. Dropout "
          "behind every hidden layer, none, 0.2 or 0.5; of the latter two the one with the better mean test "
          "accuracy speaks for dropout, which favours dropout.",
      .parts = {part("accuracy with BN, without dropout less with it", at_least(-0.002, Unit::points),
                     "\"Can be left out\": nothing is lost but what two seeds differ by, 0.2 points.",
                     [](const SeedResults& seed) {
                       return accuracy(seed[arm("batch", 0)]) -
                              accuracy(seed[best_dropout(seed.all, "batch")]);
                     }),
                part("accuracy, BN without dropout less dropout without BN", at_least(-0.002, Unit::points),
                     "To stand in for dropout, BN must do as well as dropout did; again to 0.2 points.",
                     [](const SeedResults& seed) {
                       return accuracy(seed[arm("batch", 0)]) -
                              accuracy(seed[best_dropout(seed.all, "none")]);
                     })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "One size of network and of training set. Dropout right before a BN shifts the variance between "
          "training and test (Li et al. 2019): here it stands behind the activation, so the next layer's BN "
          "sees it.",
  };
}

}}  // namespace norma
