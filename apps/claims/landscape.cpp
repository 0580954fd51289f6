// With BN the loss along the gradient varies less, and the gradient changes less.
#include "apps/claims/engine/claim.h"
#include "apps/claims/engine/walks.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> factors = {0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4};  // η in learning rates
const std::vector<std::string> networks = {"mlp", "dln"}, norms = {"none", "batch"};
// mlp: the usual rate; dln: the largest of half decades at which the plain network does not diverge.
double rate(const std::string& network) { return network == "mlp" ? 0.1 : 0.03; }

std::string arm(const std::string& network, const std::string& norm) { return network + ", norm=" + norm; }
std::string loss_row(double factor) { return "loss at " + number(factor); }
std::string change_row(double factor) { return "change at " + number(factor); }

// Rows "moment" (steps), "loss", "gradient" (‖g‖), and for each η of the walk "loss at …" and "change at …",
// at so many moments.
Training watch(Index steps, double lr, Index moments) {
  Training how{.test = Training::brief,
               .seconds = 5e-4 * double(steps),
               .more = "walks along the gradient, " + std::to_string(moments) + " moments"};
  how.observe = [=, every = std::max<Index>(1, steps / moments)](const StepEvent& m, const DataPair&,
                                                                 Outcome& out) {
    if (m.step % every != 0) return;
    Vector etas;
    for (double factor : factors) etas.push_back(factor * lr);
    const GradientWalk walk = walk_along_gradient(m.model, m.batch, etas);
    out["moment"].push_back(double(m.step));
    out["loss"].push_back(walk.loss);
    out["gradient"].push_back(walk.gradient);
    for (std::size_t i = 0; i < factors.size(); ++i) {
      out[loss_row(factors[i])].push_back(walk.losses[i]);
      out[change_row(factors[i])].push_back(walk.changes[i]);
    }
  };
  return how;
}

// A walk that left the range of numbers found a loss, or a gradient, larger than any.
double value_at(const Outcome& outcome, const std::string& name, std::size_t t) {
  const double value = row(outcome, name).at(t);
  return std::isfinite(value) ? value : HUGE_VAL;
}

// f(t) of every moment.
template <class F>
Vector at_moments(const Outcome& outcome, const F& f) {
  Vector values;
  for (std::size_t t = 0; t < row(outcome, "moment").size(); ++t) values.push_back(f(t));
  return values;
}

// The smallest (p = 0) or largest (p = 1) over the walk of the rows `name`, at every moment.
Vector extreme(const Outcome& outcome, std::string (*name)(double), double p) {
  return at_moments(outcome, [&](std::size_t t) {
    Vector walk;
    for (double factor : factors) walk.push_back(value_at(outcome, name(factor), t));
    return quantile(walk, p);
  });
}

// Largest less smallest loss of a walk, the median over training.
double loss_range(const Outcome& outcome) {
  const Vector low = extreme(outcome, loss_row, 0), high = extreme(outcome, loss_row, 1);
  return median(at_moments(
      outcome, [&](std::size_t t) { return std::isfinite(high[t]) ? high[t] - low[t] : HUGE_VAL; }));
}

// Largest change of the gradient in a walk, the median over training.
double gradient_change(const Outcome& outcome) { return median(extreme(outcome, change_row, 1)); }

// Change of the gradient over the distance gone, at one η: the median over training.
double smoothness(const Outcome& outcome, double factor, double lr) {
  return median(at_moments(outcome, [&](std::size_t t) {
    return value_at(outcome, change_row(factor), t) / (factor * lr * row(outcome, "gradient").at(t));
  }));
}

// The largest change in a walk over the gradient itself.
double relative_change(const Outcome& outcome) {
  const Vector change = extreme(outcome, change_row, 1);
  return median(
      at_moments(outcome, [&](std::size_t t) { return change[t] / row(outcome, "gradient").at(t); }));
}

std::string network_words(const std::string& network) { return network == "mlp" ? "MLP" : "deep linear net"; }

// The band from the smallest to the largest value of a walk, and between them its middle: medians over the
// seeds.
Series band(const Results& results, const std::string& network, const std::string& norm,
            std::string (*name)(double)) {
  Series s{.label = with_or_without(norm), .colour = arm_colour(norm)};
  const std::string cell = arm(network, norm);
  for (std::uint64_t seed : results.seeds()) {
    const auto& moments = row(results.at(cell, seed), "moment");
    if (moments.size() > s.x.size()) s.x = moments;
  }
  for (double p : {0.0, 0.5, 1.0}) {
    Vector& line = p == 0 ? s.low : p == 1 ? s.high : s.y;
    std::vector<Vector> all;
    for (std::uint64_t seed : results.seeds()) all.push_back(extreme(results.at(cell, seed), name, p));
    for (std::size_t t = 0; t < s.x.size(); ++t) {
      Vector values;
      for (const Vector& one : all) values.push_back(t < one.size() ? one[t] : HUGE_VAL);
      line.push_back(median(values));
    }
  }
  return s;
}

Figure bands(const Results& results, const std::string& network, std::string (*name)(double),
             const std::string& y_label) {
  Figure f{.title = network_words(network), .x_label = "training steps", .y_label = y_label, .log_y = true};
  for (const std::string& norm : norms) f.series.push_back(band(results, network, norm, name));
  return f;
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"", "loss range", "gradient change", "… over ‖g‖", "β at η = rate"});
  Figure curves{.x_label = "η in learning rates", .y_label = "‖∇L(x) − ∇L(x − ηg)‖/(η‖g‖)", .log_y = true};
  for (const std::string& network : networks) {
    for (const std::string& norm : norms) {
      const std::string name = arm(network, norm),
                        label = network_words(network) + ", " + with_or_without(norm);
      auto mean = [&](auto f) { return number(mean_interval(results.each(name, f))); };
      t.row({label, mean(loss_range), mean(gradient_change), mean(relative_change),
             mean([&](const Outcome& o) { return smoothness(o, 1, rate(network)); })});
      Series s{.label = label, .colour = arm_colour(norm), .dashed = network == "dln"};
      for (double factor : factors) {
        auto beta = [&](const Outcome& o) { return smoothness(o, factor, rate(network)); };
        s.add(factor, results.each(name, beta));
      }
      curves.series.push_back(s);
    }
  }
  std::vector<Exhibit> exhibits = {{"table",
                                    "Range of the loss along the gradient, largest change of the gradient "
                                    "there, the same over the gradient itself, and β at the rate itself: "
                                    "medians over training, mean ± 95% interval over the seeds.",
                                    t}};
  auto add = [&](const std::string& what, std::string (*name)(double), const std::string& y_label,
                 const std::string& caption) {
    std::vector<Figure> pair;
    for (const std::string& network : networks) pair.push_back(bands(results, network, name, y_label));
    share_axes({&pair[0], &pair[1]});
    exhibits.push_back({networks[0] + "-" + what, caption, pair[0], Exhibit::Place::below});
    exhibits.push_back({networks[1] + "-" + what, "The same of the deep linear net.", pair[1]});
  };
  add("loss", loss_row, "loss along the gradient",
      "Loss of the batch along the gradient, from half to four learning rates away: smallest to largest, and "
      "the middle (medians over the seeds).");
  add("gradient", change_row, "change of the gradient",
      "How far the gradient there is from the gradient here, ‖∇L(x) − ∇L(x − ηg)‖: smallest to largest over the "
      "walk, and the middle (medians over the seeds).");
  exhibits.push_back(
      {"smoothness",
       "The change of the gradient over the distance gone (\"effective β-smoothness\"), median over "
       "training, mean and 95% interval: the whole curve, since its largest value alone comes close to one "
       "over the smallest η wherever the gradient changes by about its own length.",
       curves, Exhibit::Place::below});
  return exhibits;
}

std::string seen(const Results& results) {
  std::string all;
  for (const std::string& network : networks) {
    auto of = [&](const char* norm, double (*f)(const Outcome&)) {
      return number(median(results.each(arm(network, norm), f)));
    };
    all += (all.empty() ? "" : " ") + network_words(network) + ": the loss spans " + of("none", loss_range) +
           " along the gradient without BN and " + of("batch", loss_range) +
           " with it; the gradient changes by up to " + of("none", gradient_change) + " and " +
           of("batch", gradient_change) + ", that is " + of("none", relative_change) + " and " +
           of("batch", relative_change) + " times itself.";
  }
  return all + " (Medians.)";
}

Part ratio(const std::string& effect, const std::string& network, double (*measure)(const Outcome&),
           const std::string& why) {
  return part(effect, at_least(2, Unit::times), why, [=](const SeedResults& seed) {
    return measure(seed[arm(network, "none")]) / measure(seed[arm(network, "batch")]);
  });
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& network, const std::string& norm) {
        RunConfig c;
        c.model = network;
        c.norm = norm;
        if (network == "mlp") {
          c.activation = "relu";
          c.init = "kaiming_normal";
        } else {
          c.hidden.assign(8, 100);
          c.init = "lecun_normal";
        }
        c.lr = rate(network);
        c.steps = c.eval_every = plan.of(1'500, 20);
        return training(arm(network, norm), c, watch(c.steps, c.lr, plan.of(50, 16)));
      },
      networks, norms);
}

}  // namespace

Claim landscape_claim() {
  return {
      .name = "landscape",
      .sentence =
          "BN makes the loss smoother along the path of training: along the gradient the loss varies less "
          "and the gradient stays closer to what it was.",
      .source = "Santurkar et al. 2018, §3.1–3.2, Fig. 4",
      .paper =
          "Fig. 4, VGG on CIFAR-10: far narrower bands of the loss and of the gradient with BN, and a "
          "smaller effective β; the same for a deep linear network in its appendix. No numbers are given.",
      .scope =
          "{data}, 3 hidden layers of ReLUs and 8 linear ones, {1,500} steps of 60; the paper: CIFAR-10, VGG",
      .asked =
          "At 50 moments spread evenly over training the batch's gradient g is followed to x − ηg, η from "
          "half to four learning rates: how far the loss spans there, and how much the gradient changes. Two "
          "networks, as in the paper: 784-100-100-100-10 with ReLUs and He et al.'s weights at a rate of "
          "0.1; and eight linear layers of 100 without activations, weights of variance 1/inputs, at 0.03, "
          "the largest rate of half decades at which it does not diverge without BN. With these weights the "
          "signals of the plain networks neither grow nor vanish at the start: their loss should look "
          "neither rough nor flat for their initialization. Both arms have the same rate, so the same η. "
          "{1,500} steps. The measures are the paper's absolute ones, by their medians over training.",
      .parts = {ratio("range of the loss along the gradient, MLP without BN over with BN", "mlp", loss_range,
                      "\"Significantly smoother\" is the paper's word; its bands differ by more than twice."),
                ratio("largest change of the gradient, MLP without BN over with BN", "mlp", gradient_change,
                      "As for the loss."),
                ratio("the same: deep linear network", "dln", gradient_change, "As for the loss.")},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "The measures are the paper's absolute ones, and follow the size of the gradients, which BN "
          "changes; the table has the change over ‖g‖ beside them. With BN that comes to about 1, where β is "
          "one over η whatever the network. And no rule asks for the loss range of the deep linear network, "
          "in which the two differ least: see the table.",
  };
}

}}  // namespace norma
