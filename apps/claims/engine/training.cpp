// The cell that most grids are made of, what is read off its outcome, and its curves.
#include <algorithm>
#include <array>

#include "apps/claims/engine/claim.h"
#include "apps/run/options.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// For the progress line only: about what a step takes.
double guessed_seconds(const RunConfig& c) {
  const bool images = c.model == "cnn" || c.model == "resnet" || !c.layers.empty();
  return double(c.steps) * (images ? 1.0e-3 : 0.25e-3) + 0.1;
}

}  // namespace

Cell training(const std::string& arm, const RunConfig& config, const Training& how) {
  Cell cell;
  cell.arm = arm;
  cell.settings = to_json(config) + std::array{"", "brief ", "tuning "}[how.test] + how.more;
  cell.seconds = how.seconds > 0 ? how.seconds : guessed_seconds(config);
  cell.work = [config, how](const ClaimData& all, std::uint64_t seed) {
    const DataPair& data = how.test == Training::full    ? all.full
                           : how.test == Training::brief ? all.brief
                                                         : all.tuning;
    Outcome out;
    RunConfig c = config;
    c.seed = seed;
    c.train_size = std::min(c.train_size, data.train.size());  // small data sets have no more
    RunHooks hooks;
    hooks.final_scores = false;
    hooks.gradients = how.gradients;
    if (how.observe) hooks.observe = [&](const StepEvent& moment) { how.observe(moment, data, out); };
    const RunResult r = run(c, data, hooks).result;
    for (const char* name : {"step", "train_loss", "test_loss", "test_accuracy"}) out[name];
    for (const Evaluation& e : r.evaluations) {
      out["step"].push_back(double(e.step));
      out["train_loss"].push_back(e.train_loss);
      out["test_loss"].push_back(e.score.loss);
      out["test_accuracy"].push_back(e.score.accuracy);
    }
    out["steps"] = {double(r.config.steps)};
    out["chance"] = {1.0 / data.train.classes};
    out["lr"] = {c.lr};
    if (r.diverged_at) out["diverged_at"] = {double(*r.diverged_at)};
    return out;
  };
  return cell;
}

const std::vector<double>& row(const Outcome& outcome, std::string_view name) {
  const auto it = outcome.find(name);
  check(it != outcome.end(), "outcome: no row '", name, "'");
  return it->second;
}

double last(const Outcome& outcome, std::string_view name) {
  const std::vector<double>& values = row(outcome, name);
  return values.empty() ? NAN : values.back();
}

bool diverged(const Outcome& training) { return training.contains("diverged_at"); }

double accuracy(const Outcome& training) {
  return last(training, diverged(training) ? "chance" : "test_accuracy");
}

Interval mean_accuracy(const Results& results, const std::string& arm) {
  return mean_interval(results.each(arm, accuracy));
}

std::string best_arm(const Results& results, const std::vector<std::string>& arms) {
  std::string best;
  double highest = -1;
  for (const std::string& arm : arms) {
    if (!results.has(arm)) continue;
    const double mean = mean_accuracy(results, arm).mean;
    if (mean > highest) {
      highest = mean;
      best = arm;
    }
  }
  check(!best.empty(), "results: none of ", arms.size(), " arms such as '", arms.at(0), "'");
  return best;
}

double mean_accuracy_or_nan(const Results& results, const std::string& arm) {
  for (std::uint64_t seed : results.seeds()) {
    if (!diverged(results.at(arm, seed))) return mean_accuracy(results, arm).mean;
  }
  return NAN;
}

double steps_to(const Outcome& training, double level) {
  const std::vector<double>&accuracies = row(training, "test_accuracy"), &steps = row(training, "step");
  for (std::size_t i = 0; i < accuracies.size(); ++i) {
    if (accuracies[i] >= level) return steps[i];
  }
  return HUGE_VAL;
}

double steps_to_or_end(const Outcome& training, double level) {
  return std::min(steps_to(training, level), last(training, "steps"));
}

Measured speedup(const Outcome& slow, const Outcome& fast, double level) {
  const bool slow_did = std::isfinite(steps_to(slow, level)), fast_did = std::isfinite(steps_to(fast, level));
  if (!slow_did && !fast_did) return NAN;
  return {steps_to_or_end(slow, level) / steps_to_or_end(fast, level), !slow_did   ? Measured::at_least
                                                                       : !fast_did ? Measured::at_most
                                                                                   : Measured::exact};
}

Series curve(const Results& results, const std::string& arm, const std::string& label, const std::string& x,
             const std::string& y, int colour, bool dashed, bool one_less) {
  Series series{.label = label, .colour = colour, .dashed = dashed};
  std::size_t length = 0;
  for (std::uint64_t seed : results.seeds()) length = std::max(length, row(results.at(arm, seed), y).size());
  for (std::size_t i = 0; i < length; ++i) {
    std::vector<double> values;
    double at = 0;
    for (std::uint64_t seed : results.seeds()) {
      const Outcome& outcome = results.at(arm, seed);
      const bool there = i < row(outcome, y).size() && std::isfinite(row(outcome, y)[i]);
      values.push_back(!there ? NAN : one_less ? 1 - row(outcome, y)[i] : row(outcome, y)[i]);
      if (i < row(outcome, y).size()) at = row(outcome, x).at(i);
    }
    series.add(at, values);
  }
  return series;
}

}}  // namespace norma
