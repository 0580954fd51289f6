// At one small rate BN gains nothing: its gain is the large rate.
#include "apps/claims/engine/claim.h"
#include "apps/run/probe.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> rates = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3};
const std::vector<std::string> norms = {"none", "batch"};
constexpr int blocks = 10;

std::string arm(const std::string& norm, double lr) { return "norm=" + norm + ", lr=" + number_text(lr); }

std::vector<std::string> at_all_rates(const std::string& norm) {
  return arms_of(rates, [&](double lr) { return arm(norm, lr); });
}

// A residual network of fully connected layers: the shape of the paper's ResNet without its images.
std::string residual_network() {
  std::string words = "linear 100, norm, relu";
  for (int i = 0; i < blocks; ++i) words += ", residual(linear 100, norm, relu, linear 100, norm), relu";
  return words + ", linear 10";
}

// The rate that serves the plain network best, over all seeds.
double small_rate(const Results& results) {
  const std::string best = best_arm(results, at_all_rates("none"));
  for (double lr : rates) {
    if (arm("none", lr) == best) return lr;
  }
  return NAN;
}

// What BN gains at the plain network's rate, and what it gains by its own rate.
double same_rate_gain(const SeedResults& seed) {
  const double lr = small_rate(seed.all);
  return accuracy(seed[arm("batch", lr)]) - accuracy(seed[arm("none", lr)]);
}
double own_rate_gain(const SeedResults& seed) {
  return accuracy(seed[best_arm(seed.all, at_all_rates("batch"))]) -
         accuracy(seed[arm("batch", small_rate(seed.all))]);
}

// Before the first step: the rows "activation" (root mean square behind each residual block) and "gradient"
// (percentiles 50, 90, 99, 99.9 and 100 of |∂L/∂w| over all parameters).
void look_at_start(const StepEvent& m, Outcome& out) {
  Vector gradient;
  batch_gradient(m.model, m.batch, gradient);
  for (double& g : gradient) g = std::abs(g);
  for (double p : {0.5, 0.9, 0.99, 0.999, 1.0}) out["gradient"].push_back(quantile(gradient, p));
  const std::size_t first_block = m.model.children().size() - 1 - 2 * blocks;
  for (std::size_t i = 0; i < blocks; ++i) {
    const Tensor h = output_of_layer(m.model, first_block + 2 * i + 1, m.batch.x, Statistics::batch);
    double sum = 0;
    for (real v : h.values()) sum += double(v) * v;
    out["activation"].push_back(std::sqrt(sum / double(h.size())));
    out["block"].push_back(double(i + 1));
  }
}

// The 99.9th percentile of |∂L/∂w| at the start; the weights there do not depend on the rate.
double gradient_width(const SeedResults& seed, const std::string& norm) {
  return row(seed[arm(norm, rates.front())], "gradient").at(3);
}

std::vector<Exhibit> show(const Results& results) {
  Figure f = accuracy_figure("learning rate");
  Figure start{.x_label = "residual block", .y_label = "root mean square of its output", .log_y = true};
  Table tails({"|∂L/∂w| at the start", "median", "90%", "99%", "99.9%", "largest"});
  for (const std::string& norm : norms) {
    const std::string label = with_or_without(norm);
    f.series.push_back(points_of(results, at_all_rates(norm), rates, label, arm_colour(norm), accuracy));
    start.series.push_back(
        curve(results, arm(norm, rates.front()), label, "block", "activation", arm_colour(norm)));
    std::vector<std::string> cells = {label};
    for (std::size_t i = 0; i < 5; ++i)
      cells.push_back(number(median(
          results.each(arm(norm, rates.front()), [&](const Outcome& o) { return row(o, "gradient")[i]; }))));
    tails.row(cells);
  }
  return {
      {"rates",
       "Test accuracy at the end against the rate; mean and 95% interval (a diverged run counts as chance).",
       f},
      {"activations", "Before the first step: how large the outputs of the residual blocks are.", start},
      {"tails", "Percentiles of the first gradient over all weights (medians over the seeds).", tails}};
}

std::string seen(const Results& results) {
  auto mean = [&](const std::string& name) { return percent(mean_accuracy(results, name)); };
  const double lr = small_rate(results);
  return "At the plain network's best rate, " + number_text(lr) + ", it reaches " + mean(arm("none", lr)) +
         " and the one with BN " + mean(arm("batch", lr)) + "; at BN's own best rate it is " +
         mean(best_arm(results, at_all_rates("batch"))) + ".";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& norm, double lr) {
        RunConfig c;
        c.layers = residual_network();
        c.norm = norm;
        c.init = "kaiming_normal";
        c.lr = lr;
        c.steps = c.eval_every = plan.of(1'000, 20);
        Training how{.test = Training::brief};
        if (lr == rates.front()) {  // the start is the same at every rate
          how.more = "first gradient";
          how.observe = [](const StepEvent& m, const DataPair&, Outcome& out) {
            if (m.step == 0) look_at_start(m, out);
          };
        }
        return training(arm(norm, lr), c, how);
      },
      norms, rates);
}

}  // namespace

Claim same_rate_claim() {
  return {
      .name = "same-rate",
      .sentence = "At one small learning rate BN gains nothing: what it gives is the large rate.",
      .source = "Bjorck et al. 2018, §1 and Fig. 1–3 (arXiv 1806.02375)",
      .paper =
          "ResNet-110 on CIFAR-10 at a rate of 0.0001: about 81% with BN, 82% without; with BN at 0.1, 93%. "
          "Without BN the first gradients are heavy-tailed, about 100 times as wide, and activations grow "
          "with depth.",
      .scope =
          "{data}, 10 residual blocks of fully connected layers, {1,000} steps of 60; the paper: CIFAR-10, ResNet-110",
      .asked =
          "A residual network of ten blocks of two fully connected layers of 100 ReLUs, He et al.'s initial "
          "weights, {1,000} steps at six rates from 0.001 to 0.3. As in the paper the small rate is the one "
          "that the plain network needs: here the one that serves it best. Then the same network with BN "
          "behind each linear layer is read off at that rate, and at the one that serves it best itself. At "
          "the start the gradient of the first batch is looked at: its 99.9th percentile says how wide its "
          "tails are.",
      .parts = {part("accuracy at the plain network's best rate, with BN minus without",
                     at_most(0.005, Unit::points),
                     "\"Gains nothing\": half a point is about what two seeds differ by after so few steps.",
                     same_rate_gain),
                part("accuracy with BN, at its own best rate less at that one", at_least(0.005, Unit::points),
                     "The same half point: less would not be a gain.", own_rate_gain),
                part("width of the first gradient (99.9th percentile), without BN over with BN",
                     at_least(10, Unit::times),
                     "The paper's is 100 for 110 layers; a tenth of it for a fifth of the layers.",
                     [](const SeedResults& seed) {
                       return gradient_width(seed, "none") / gradient_width(seed, "batch");
                     })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "1,000 steps of a small network: at the smallest rates neither arm has finished learning. For deep "
          "plain networks of sigmoids the sentence is false: there BN wins at any rate (`convergence`).",
  };
}

}}  // namespace norma
