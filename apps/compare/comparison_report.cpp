// What a comparison leaves for people and programs: figures, report.html, comparison.json.
#include <algorithm>
#include <cmath>
#include <set>

#include "apps/compare/comparison.h"
#include "apps/compare/run_report.h"
#include "apps/report/figure.h"
#include "apps/report/html.h"
#include "apps/report/numbers.h"
#include "apps/run/json.h"
#include "apps/run/options.h"
#include "apps/run/run_folder.h"
#include "core/suggest.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr std::size_t most_curves = 8;  // more cannot be told apart

json interval_json(const Interval& i) { return {{"mean", i.mean}, {"half_width_95", i.half}, {"n", i.n}}; }

bool is_norm(const Factor& f) { return f.name == "norm"; }

bool by_number(const Factor& f) {
  return std::ranges::none_of(f.values, [](const std::string& v) { return std::isnan(number_in(v)); });
}

// Arms that differ by a number have ordered colours, and if they also differ by one of two kinds, the first
// kind's lines are dashed. Normalizers have their own.
void style(Series& s, const Comparison& c, const Arm& arm) {
  const auto& factors = c.factors;
  std::set<int> colours;
  for (const Arm& one : c.arms) colours.insert(arm_colour(one.values[0]));
  if (factors.size() == 1 && is_norm(factors[0]) && colours.size() == c.arms.size())
    s.colour = arm_colour(arm.values[0]);
  for (std::size_t f = 0; f < factors.size() && factors.size() <= 2; ++f) {
    const std::size_t other = 1 - f;
    const bool alone = factors.size() == 1;
    if (!by_number(factors[f]) || (!alone && factors[other].values.size() > 2)) continue;
    const double own = number_in(arm.values[f]);
    const auto less = std::ranges::count_if(factors[f].values, [&](auto& v) { return number_in(v) < own; });
    s.colour = ordered_colour(static_cast<std::size_t>(less), factors[f].values.size());
    s.dashed = !alone && arm.values[other] == factors[other].values[0];
    break;
  }
}

// One line per arm, over the runs that had not diverged by then.
std::vector<Series> curves(const Comparison& c, double (*value)(const Evaluation&)) {
  std::vector<Series> all;
  for (const Arm& arm : c.arms) {
    Series s{.label = arm.words};
    style(s, c, arm);
    std::size_t length = 0;
    for (const RunResult& r : arm.runs) length = std::max(length, r.evaluations.size());
    for (std::size_t e = 0; e < length; ++e) {
      std::vector<double> values;
      double step = 0;
      for (const RunResult& r : arm.runs) {
        const bool there = e < r.evaluations.size();
        values.push_back(there ? value(r.evaluations[e]) : NAN);
        if (there) step = double(r.evaluations[e].step);
      }
      s.add(step, values);
    }
    all.push_back(std::move(s));
  }
  return all;
}

HeatMap heat_map(const Comparison& c) {
  const std::string judging = judging_set(c);
  HeatMap map{.value_label = "final " + judging + " accuracy", .percent_value = true};
  auto names = [&](const Factor& f, std::string& label, std::vector<std::string>& all) {
    label = is_norm(f) ? "normalization" : f.name;
    for (const std::string& value : f.values) all.push_back(value_words(f, value));
  };
  names(c.factors[1], map.x_label, map.x_names);
  names(c.factors[0], map.y_label, map.y_names);
  for (const Arm& arm : c.arms) {
    const auto accuracies = finite(judging == "test" ? arm.accuracies() : arm.validations());
    map.values.push_back(accuracies.empty() ? NAN : mean_interval(accuracies).mean);
  }
  return map;
}

}  // namespace

std::string comparison_json(const Comparison& c) {
  json j;
  j["data"] = c.data;
  j["base"] = parse_json(to_json(c.base));
  for (const Factor& f : c.factors) j["factors"][f.name] = f.values;
  j["seeds"] = c.seeds;
  j["seconds"] = c.seconds;
  j["finding"] = finding(c);
  for (const Arm& arm : c.arms) {
    json a;
    a["name"] = arm.name;
    a["test_accuracy"] = interval_json(mean_interval(finite(arm.accuracies())));
    if (c.base.validation > 0)
      a["validation_accuracy"] = interval_json(mean_interval(finite(arm.validations())));
    a["diverged"] = arm.diverged();
    for (std::size_t s = 0; s < arm.runs.size(); ++s) {
      json run = parse_json(summary_json(arm.runs[s]));
      run["seed"] = c.seeds[s];
      a["runs"].push_back(run);
    }
    j["arms"].push_back(a);
  }
  if (c.arms.size() == 2 && c.base.validation > 0) {
    j["paired_difference"]["validation_accuracy"] =
        interval_json(paired_difference(c.arms[1].validations(), c.arms[0].validations()));
  }
  if (c.arms.size() == 2) {
    j["paired_difference"]["test_accuracy"] =
        interval_json(paired_difference(c.arms[1].accuracies(), c.arms[0].accuracies()));
  }
  return json_text(j, 2) + "\n";
}

void write_report(const Comparison& c, const std::filesystem::path& folder, const std::string& command) {
  const RunConfig& first = c.arms[0].configs[0];
  std::string varied;
  for (const Factor& f : c.factors)
    varied += (varied.empty() ? " of " : " × ") + f.name + ": " + one_of(f.values, ", ");
  Page page("Comparison" + varied);
  if (const auto [value, words] = headline(c); !value.empty()) page.number(value, words);
  page.lead(finding(c));
  page.table(outcome_table(c), end_words(c) + ": " + over_seeds(c.seeds.size()) + ".");
  page.table(steps_table(c), "At the first evaluation, one every " + count(double(first.eval_every)) +
                                 " steps, that reached it.");
  if (c.arms.size() == 2 && c.seeds.size() > 1) page.table(paired_table(c));

  if (c.factors.size() == 2 && c.arms.size() > 2) {
    page.section(std::string("Final ") + judging_set(c) + " accuracy")
        .figure(drawn(heat_map(c), folder, "heat-map"),
                "Mean over the seeds that did not diverge; × if every run diverged.");
  }
  if (c.arms.size() <= most_curves) {
    const bool log = std::ranges::any_of(
        c.arms, [](const Arm& arm) { return std::ranges::any_of(arm.runs, most_is_early); });
    const std::string judging = judging_set(c);
    Figure accuracy{
        .x_label = "training steps", .y_label = judging + " accuracy", .log_x = log, .percent_y = true};
    accuracy.series = curves(c, [](const Evaluation& e) { return e.score.accuracy; });
    Figure loss{.x_label = "training steps", .y_label = "training loss (nats)", .log_x = log, .log_y = true};
    loss.series = curves(c, [](const Evaluation& e) { return e.train_loss; });
    const char* lines[] = {"Lines are single runs.", "Thick lines are means, thin ones the runs.",
                           "Lines are means, bands 95% intervals."};
    page.section((judging == "test" ? "Test" : "Validation") + std::string(" accuracy and training loss"))
        .figures({on_both_axes(accuracy, folder, judging + "-accuracy",
                               std::string("With the running statistics, as at inference. ") +
                                   lines[c.seeds.size() == 1                    ? 0
                                         : too_few_for_interval(c.seeds.size()) ? 1
                                                                                : 2] +
                                   " Runs count until they diverge."),
                  on_both_axes(loss, folder, "training-loss",
                               "Mean of the batches since the evaluation before, in training mode.")},
                 {"curves", accuracy.series, log});
  } else {
    page.text("Curves are drawn for at most " + std::to_string(most_curves) +
              " arms; each run's are in `runs/*/metrics.jsonl`.");
  }
  page.section("How it was run")
      .text(c.data + ". Each run has one thread; the numbers do not depend on how many run at a time.");
  page.code(command);
  std::map<std::string, std::string> instead = {
      {"seed", std::to_string(c.seeds.front()) + " to " + std::to_string(c.seeds.back())}};
  for (const Factor& f : c.factors) instead[f.name] = "varied";
  page.details("All settings", settings_table(first, instead));
  write_file(folder / "report.html", page.str());
  write_file(folder / "comparison.json", comparison_json(c));
}

}}  // namespace norma
