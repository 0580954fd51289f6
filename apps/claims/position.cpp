// BN before the activation or behind it, each at the rate that suits it best.
#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct Network {
  std::string name;
  std::vector<std::string> hidden;  // each with BN and the activation
  std::string activation, last;
  std::string init = "default";
};
const std::vector<Network> networks = {
    {"sigmoid, 3 layers", std::vector<std::string>(3, "linear 100"), "sigmoid", "linear 10"},
    {"ReLU, 8 layers", std::vector<std::string>(8, "linear 100"), "relu", "linear 10", "kaiming_normal"},
    {"CNN, 2 convolutions", {"conv 8 5 stride 2", "conv 16 3 stride 2"}, "relu", "flatten, linear 10"}};
const std::vector<std::string> positions = {"before", "after"};
const std::vector<double> rates = {0.03, 0.1, 0.3, 1, 3, 10};
constexpr double level = 0.9;

std::string layers_of(const Network& net, const std::string& position) {
  std::string words;
  for (const std::string& layer : net.hidden)
    words +=
        layer + (position == "before" ? ", bn, " + net.activation : ", " + net.activation + ", bn") + ", ";
  return words + net.last;
}

std::string arm(const Network& net, const std::string& position, double lr) {
  return net.name + ", BN " + position + ", lr=" + number_text(lr);
}

std::vector<std::string> at_all_rates(const Network& net, const std::string& position) {
  return arms_of(rates, [&](double lr) { return arm(net, position, lr); });
}

std::string best(const Results& results, const Network& net, const std::string& position) {
  return best_arm(results, at_all_rates(net, position));
}

// Two parts of each network.
std::vector<Part> parts() {
  std::vector<Part> all;
  for (const Network& net : networks) {
    all.push_back(part(net.name + ": final accuracy, BN before minus after", at_least(0.002, Unit::points),
                       "What two seeds of one arm differ by; less would not decide where to put a layer.",
                       [net](const SeedResults& seed) {
                         return accuracy(seed[best(seed.all, net, "before")]) -
                                accuracy(seed[best(seed.all, net, "after")]);
                       }));
    all.push_back(part(
        net.name + ": steps to 90%, BN after over before", at_least(1.25, Unit::times),
        "A fifth of the steps saved: more than the grain of the tests, a fortieth of the run, makes of it.",
        [net](const SeedResults& seed) {
          return speedup(seed[best(seed.all, net, "after")], seed[best(seed.all, net, "before")], level);
        },
        "runs"));
  }
  return all;
}

std::vector<Exhibit> show(const Results& results) {
  std::vector<Exhibit> exhibits;
  Table t({"", "BN", "best rate", "accuracy at the end", "steps to 90%"});
  for (std::size_t n = 0; n < networks.size(); ++n) {
    const Network& net = networks[n];
    Figure f = accuracy_figure("learning rate");
    for (std::size_t p = 0; p < positions.size(); ++p) {
      const std::string chosen = best(results, net, positions[p]);
      f.series.push_back(points_of(results, at_all_rates(net, positions[p]), rates, "BN " + positions[p],
                                   ordered_colour(p, positions.size()), accuracy));
      const double steps = median(results.each(chosen, [](const Outcome& o) { return steps_to(o, level); }));
      t.row({net.name, positions[p], last_value(chosen), percent(mean_accuracy(results, chosen)),
             std::isfinite(steps) ? number(steps) : "not reached"});
    }
    exhibits.push_back({"rates-" + std::to_string(n + 1),
                        net.name + ": test accuracy at the end against the rate; mean and 95% interval (a "
                                   "diverged run counts as chance).",
                        f});
  }
  exhibits.push_back(
      {"table",
       "Each network at the rate that suits it best: mean accuracy ± 95% interval, and the median of "
       "the steps.",
       t});
  return exhibits;
}

std::string seen(const Results& results) {
  std::string words = "At its best rate each network ends at, with BN before and after the activation: ";
  for (const Network& net : networks) {
    words += (&net == &networks.front() ? "" : "; ") + net.name + " " +
             percent(mean_accuracy(results, best(results, net, "before"))) + " and " +
             percent(mean_accuracy(results, best(results, net, "after")));
  }
  return words + ".";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const Network& net, const std::string& position, double lr) {
        RunConfig c;
        c.layers = layers_of(net, position);
        c.init = net.init;
        c.lr = lr;
        c.steps = plan.of(1'000, 20);
        c.eval_every = std::max<Index>(1, c.steps / 40);
        return training(arm(net, position, lr), c, {.test = Training::brief});
      },
      networks, positions, rates);
}

}  // namespace

Claim position_claim() {
  return {
      .name = "position",
      .sentence =
          "BN belongs before the activation: there the network learns sooner and ends better than with BN behind it.",
      .source = "after Ioffe & Szegedy 2015, §3.2; against it Mishkin et al. 2017 (arXiv 1606.02228)",
      .paper =
          "The 2015 paper reasons, without a comparison: sums of inputs are \"more Gaussian\" than what an activation "
          "leaves of them, so to normalize them keeps the activation's input stable. Mishkin et al. measured the "
          "opposite: CaffeNet on ImageNet at 128 pixels ends at 47.8% with BN before each ReLU, at 49.3% with BN after "
          "it.",
      .scope =
          "{data}, 2 to 8 hidden layers, {1,000} steps of 60; Mishkin et al.: ImageNet, 5 convolutions and 2 "
          "fully connected layers",
      .asked =
          "Three networks with BN before every activation or behind it: three layers of 100 sigmoids, eight of 100 "
          "ReLUs, and a small convolutional network (conv 5×5 of 8 channels and conv 3×3 of 16, both of stride 2). "
          "{1,000} steps of 60 images at six rates from 0.03 to 10, a test every fortieth of the run; what is compared "
          "is each network at the rate that suits it best, over all seeds.",
      .parts = parts(),
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "The last BN of the networks with BN behind the activation stands right before the last layer, which may be "
          "what helps them: it gives that layer inputs of mean 0 and variance 1. With BN before them, sigmoids "
          "still gain a little at the largest rate tried. And what trains at all is another question: as rates grow, "
          "the networks with BN after the activation fail first.",
  };
}

}}  // namespace norma
