#include "apps/claims/engine/rates.h"

#include <cmath>

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> tuned_rates = {0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10};

std::string tuning_arm(const Net& net, Index steps, double lr) {
  return net.name + ", " + std::to_string(steps) + " steps, lr=" + number_text(lr);
}

}  // namespace

Net plain_mlp(const std::string& activation, Index depth) {
  RunConfig c;
  c.hidden.assign(static_cast<std::size_t>(depth), 100);
  c.activation = activation;
  if (activation == "relu") c.init = "kaiming_normal";
  return {(activation == "relu" ? "ReLU, " : activation + ", ") + std::to_string(depth) + " layers", c};
}

Net plain_cnn() {
  RunConfig c;
  c.layers =
      "conv 8 5 stride 2, norm, relu, conv 8 3 stride 2, norm, relu, conv 8 3, norm, relu, conv 8 3, norm, "
      "relu, conv 8 3, norm, relu, conv 8 3, norm, relu, flatten, linear 10";
  c.init = "kaiming_normal";
  return {"CNN, 6 layers", c};
}

std::vector<Cell> best_rate_cells(const Net& net, Index steps) {
  std::vector<Cell> cells;
  for (double lr : tuned_rates) {
    RunConfig c = net.config;
    c.lr = lr;
    c.steps = c.eval_every = steps;
    cells.push_back(training(tuning_arm(net, steps, lr), c, {.test = Training::tuning}));
    cells.back().cache_key = "best-rate";
  }
  return cells;
}

double best_rate(const Results& tuned, const Net& net, Index steps) {
  const auto arms = arms_of(tuned_rates, [&](double lr) { return tuning_arm(net, steps, lr); });
  return row(tuned.at(best_arm(tuned, arms), tuned.seeds().front()), "lr").front();
}

Cell largest_rate_cell(const std::string& arm, const RunConfig& config) {
  constexpr double first = 12.8, factor = 4, grain = 1.15, most = 1000;
  Cell cell = training(arm, config, {.test = Training::brief});
  cell.settings += " largest rate";
  cell.seconds *= 8;
  cell.work = [config](const ClaimData& data, std::uint64_t seed) {
    Outcome out = {{"tried", {}}, {"accuracy", {}}};
    auto trained = [&](double lr) {
      RunConfig c = config;
      c.lr = lr;
      c.eval_every = c.steps;
      const double reached = accuracy(training("", c, {.test = Training::brief}).work(data, seed));
      out["tried"].push_back(lr);
      out["accuracy"].push_back(reached);
      return reached >= trains;
    };
    double good = first, bad = first;
    if (trained(first)) {
      while (bad = good * factor, bad <= most && trained(bad)) good = bad;
    } else {
      while (good = bad / factor, good >= least_rate && !trained(good)) bad = good;
    }
    while (good >= least_rate && bad / good > grain) {
      const double middle = std::sqrt(good * bad);
      (trained(middle) ? good : bad) = middle;
    }
    out["rate"] = {good >= least_rate ? good : NAN};
    return out;
  };
  return cell;
}

}}  // namespace norma
