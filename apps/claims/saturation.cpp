// Deep networks of sigmoids train with BN, and without it they do not.
#include "apps/claims/engine/claim.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<Index> depths = {2, 4, 6, 8};
const std::vector<double> rates = {0.1, 1, 10};
const std::vector<std::string> norms = {"none", "batch"};

std::string arm(const std::string& norm, Index depth, double lr) {
  return "norm=" + norm + ", depth=" + std::to_string(depth) + ", lr=" + number_text(lr);
}

std::vector<std::string> at_all_rates(const std::string& norm, Index depth) {
  return arms_of(rates, [&](double lr) { return arm(norm, depth, lr); });
}

// Of a seed, at the rate that is best over all seeds.
double best(const SeedResults& seed, const std::string& norm, Index depth) {
  return accuracy(seed[best_arm(seed.all, at_all_rates(norm, depth))]);
}

std::vector<Exhibit> show(const Results& results) {
  Figure f{.x_label = "hidden layers", .y_label = "test accuracy", .y_min = 0, .y_max = 1, .percent_y = true};
  for (const std::string& norm : norms) {
    const auto arms =
        arms_of(depths, [&](Index depth) { return best_arm(results, at_all_rates(norm, depth)); });
    f.series.push_back(points_of(results, arms, std::vector<double>(depths.begin(), depths.end()),
                                 with_or_without(norm), arm_colour(norm), accuracy));
  }
  return {{"depth",
           "Test accuracy at the end against the number of hidden layers, each arm at its best of three "
           "rates; mean and 95% interval.",
           f}};
}

std::string seen(const Results& results) {
  std::string words = "With eight hidden layers ";
  for (const std::string& norm : norms) {
    const std::string name = best_arm(results, at_all_rates(norm, depths.back()));
    words += percent(mean_accuracy(results, name).mean, 1) +
             (norm == "none" ? " without BN, " : " with BN are the best that a rate gives.");
  }
  return words;
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& norm, Index depth, double lr) {
        RunConfig c;
        c.norm = norm;
        c.hidden.assign(depth, 100);
        c.lr = lr;
        c.steps = c.eval_every = plan.of(2'000, 20);
        return training(arm(norm, depth, lr), c, {.test = Training::brief});
      },
      norms, depths, rates);
}

}  // namespace

Claim saturation_claim() {
  return {
      .name = "saturation",
      .sentence =
          "BN makes it possible to train deep networks of saturating nonlinearities, which do not train "
          "without it.",
      .source = "Ioffe & Szegedy 2015, §1 and §4.2.2",
      .paper = "Inception with sigmoids reached 69.8% with BN; without it, it stayed at chance.",
      .scope =
          "{data}, 2 to 8 hidden layers of sigmoids, {2,000} steps of 60; the paper: ImageNet, Inception with sigmoids",
      .asked =
          "Networks of 2, 4, 6 and 8 hidden layers of 100 sigmoids, PyTorch's initial weights, {2,000} steps "
          "at rates of 0.1, 1 and 10, each arm at the one that serves it best. The verdict is about eight "
          "layers: the gradient shrinks at least fourfold in every sigmoid, 65,000-fold in eight.",
      .parts =
          {part("test accuracy with BN, eight hidden layers", at_least(0.8, Unit::share),
                "As in `learning-rate`: a network that trains is well above this, one that does not is at "
                "10%.",
                [](const SeedResults& seed) { return best(seed, "batch", 8); }),
           part("test accuracy without BN, eight hidden layers", at_most(0.2, Unit::share),
                "Twice chance: such a network has learned next to nothing.",
                [](const SeedResults& seed) { return best(seed, "none", 8); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "A suitable initialization, or tanh, trains such depths too; the claim is about plain sigmoids "
          "with the usual weights.",
  };
}

}}  // namespace norma
