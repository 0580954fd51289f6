// What limits the rate of a network with BN is its last layer, which has none.
#include "apps/claims/engine/rates.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const Net net = plain_mlp("relu", 3);
const std::vector<double> factors = {5, 30, 100};
const std::vector<bool> helds = {false, true};

std::string arm(double factor, bool held) {
  return "rate×" + number_text(factor) + (held ? ", last layer×1" : "");
}

// With plain SGD a smaller gradient is a smaller rate.
void slow_last_layer(const StepEvent& m, double factor) {
  for (const Parameter& p : m.model.children().back().module->parameters()) {
    real* g = p.tensor.grad_data();
    for (Index i = 0; i < p.tensor.size(); ++i) g[i] = static_cast<real>(g[i] / factor);
  }
}

std::vector<Exhibit> show(const Results& results) {
  Figure f = accuracy_figure("rate, in multiples of what suits the plain net best");
  for (const bool held : helds) {
    const auto arms = arms_of(factors, [&](double factor) { return arm(factor, held); });
    f.series.push_back(points_of(results, arms, factors,
                                 held ? "last layer held at ×1" : "one rate for all layers", held ? 1 : 0,
                                 accuracy));
  }
  return {{"factors",
           "Test accuracy at the end, with BN; mean and 95% interval (a diverged run counts as chance).", f}};
}

std::string seen(const Results& results) {
  auto mean = [&](double factor, bool held) {
    return percent(mean_interval(results.each(arm(factor, held), accuracy)).mean, 1);
  };
  return "At 30 times the rate the network ends at " + mean(30, false) +
         ", and with its last layer held at " + mean(30, true) + "; at 100 times at " + mean(100, false) +
         " and " + mean(100, true) + ".";
}

}  // namespace

Claim rate_last_layer_claim() {
  return {
      .name = "rate-last-layer",
      .sentence =
          "What limits the rate of a network with BN is its last layer, which has no BN: with that held at the plain "
          "net's rate the other layers tolerate at least thirty times as much.",
      .source = "after Karakida et al. 2019 (arXiv 1906.02926) and Huang et al. 2020 (arXiv 2002.10801)",
      .paper =
          "Karakida et al.: at the start, BN in the last layer takes the pathological sharpness off a wide network, BN "
          "in the hidden layers hardly does. Huang et al.: the last linear layer of a very deep residual network is "
          "ill-conditioned until it has BN in front of it. Neither gives a factor for the rate.",
      .scope =
          "{data}, 3 hidden layers of ReLUs, {2,000} steps of 60; the papers: theory of infinite width, CIFAR-10",
      .asked =
          "The network of three layers of 100 ReLUs with BN, at 5, 30 and 100 times the rate that suits it best "
          "without BN (sought as in `learning-rate`), for {2,000} steps: once as it is, once with the gradient of the "
          "last layer divided by that factor, which for plain SGD is the rate that suits the plain net.",
      .parts = {part("accuracy at 30 times the rate, the last layer held", at_least(trains, Unit::share),
                     "What every claim here calls to train.",
                     [](const SeedResults& seed) { return accuracy(seed[arm(30, true)]); }),
                part(
                    "accuracy at 30 times the rate, the last layer held less not held",
                    at_least(0.05, Unit::points),
                    "The last layer is the limit only if the network loses by it: five points are far beyond "
                    "what two seeds differ by.",
                    [](const SeedResults& seed) {
                      return accuracy(seed[arm(30, true)]) - accuracy(seed[arm(30, false)]);
                    }),
                part("accuracy at 100 times the rate, the last layer held", at_least(trains, Unit::share),
                     "\"And more\": three times as much again.",
                     [](const SeedResults& seed) { return accuracy(seed[arm(100, true)]); })},
      .grid = {},
      .tuning = [](const Plan& plan) { return best_rate_cells(net, plan.of(2'000, 20)); },
      .tuned_grid =
          [](const Plan& plan, const Results& tuned) {
            return grid(
                [&](double factor, bool held) {
                  RunConfig c = net.config;
                  c.norm = "batch";
                  c.steps = c.eval_every = plan.of(2'000, 20);
                  c.lr = factor * best_rate(tuned, net, c.steps);
                  Training how{.test = Training::brief};
                  if (held) {
                    how.more = "last layer held";
                    how.gradients = [factor](const StepEvent& m) { slow_last_layer(m, factor); };
                  }
                  return training(arm(factor, held), c, how);
                },
                factors, helds);
          },
      .show = show,
      .seen = seen,
      .caveat =
          "That the last layer bears no larger rate says nothing of whether a larger one for the others is of use: "
          "`learning-rate` asks that.",
  };
}

}}  // namespace norma
