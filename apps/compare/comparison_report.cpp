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

bool is_number(const Factor& f) {
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
    if (!is_number(factors[f]) || (!alone && factors[other].values.size() > 2)) continue;
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

std::vector<double> final_accuracies(const Comparison& c, const Arm& arm) {
  return finite(c.base.validation > 0 ? arm.validations() : arm.accuracies());
}

// Whether what is varied is one number, of which there are enough values to see a course.
bool by_one_number(const Comparison& c) {
  return c.factors.size() == 1 && c.arms.size() >= 3 && is_number(c.factors[0]);
}

// Final accuracy against that number; on a logarithmic axis if it goes over a factor of ten.
Figure by_number(const Comparison& c) {
  std::map<double, std::vector<double>> points;
  for (const Arm& arm : c.arms) points[number_in(arm.values[0])] = final_accuracies(c, arm);
  const double least = points.begin()->first, most = points.rbegin()->first;
  Figure figure{.x_label = c.factors[0].name,
                .y_label = std::string("final ") + judging_set(c) + " accuracy",
                .log_x = least > 0 && most / least >= 10,
                .percent_y = true};
  Series line;
  std::size_t runs = 0;
  for (const Arm& arm : c.arms) runs = std::max(runs, arm.runs.size());
  for (auto& [value, accuracies] : points) {
    accuracies.resize(runs, NAN);  // of those that diverged, or that the arm has fewer
    line.add(value, accuracies);
  }
  figure.series = {line};
  return figure;
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
    const std::vector<double> accuracies = final_accuracies(c, arm);
    map.values.push_back(accuracies.empty() ? NAN : mean_interval(accuracies).mean);
  }
  return map;
}

// Accuracy and training loss against the steps.
void add_curves(Page& page, const Comparison& c, const std::filesystem::path& folder) {
  if (c.arms.size() > most_curves) {
    page.text("Curves are drawn for at most " + std::to_string(most_curves) +
              " arms; each run's are in its `metrics.jsonl`.");
    return;
  }
  const bool log = std::ranges::any_of(
      c.arms, [](const Arm& arm) { return std::ranges::any_of(arm.runs, most_is_early); });
  const std::string judging = judging_set(c);
  Figure accuracy{
      .x_label = "training steps", .y_label = judging + " accuracy", .log_x = log, .percent_y = true};
  accuracy.series = curves(c, [](const Evaluation& e) { return e.score.accuracy; });
  Figure loss{.x_label = "training steps", .y_label = "training loss (nats)", .log_x = log, .log_y = true};
  loss.series = curves(c, [](const Evaluation& e) { return e.train_loss; });
  const std::size_t most_runs =
      std::ranges::max(c.arms, {}, [](auto& arm) { return arm.runs.size(); }).runs.size();
  const char* lines[] = {"Lines are single runs.", "Thick lines are means, thin ones the runs.",
                         "Lines are means, bands 95% intervals."};
  page.section((judging == "test" ? "Test" : "Validation") + std::string(" accuracy and training loss"))
      .figures({on_both_axes(accuracy, folder, judging + "-accuracy",
                             std::string("With the running statistics, as at inference. ") +
                                 lines[most_runs == 1                    ? 0
                                       : too_few_for_interval(most_runs) ? 1
                                                                         : 2] +
                                 " Runs count until they diverge."),
                on_both_axes(loss, folder, "training-loss",
                             "Mean of the batches since the evaluation before, in training mode.")},
               {"curves", accuracy.series, log});
}

}  // namespace

std::string comparison_json(const Comparison& c) {
  json j;
  j["data"] = c.data;
  j["base"] = parse_json(to_json(c.arms[0].configs[0]));
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
    for (const RunResult& r : arm.runs) {
      json run = parse_json(summary_json(r));
      run["seed"] = r.config.seed;
      a["runs"].push_back(run);
    }
    j["arms"].push_back(a);
  }
  if (const std::vector<Arm> arms = paired_arms(c); !arms.empty()) {
    if (c.base.validation > 0)
      j["paired_difference"]["validation_accuracy"] =
          interval_json(paired_difference(arms[1].validations(), arms[0].validations()));
    j["paired_difference"]["test_accuracy"] =
        interval_json(paired_difference(arms[1].accuracies(), arms[0].accuracies()));
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
  page.table(outcome_table(c), end_words(c) + ": " + over_seeds(c) + ".");
  const bool alike = std::ranges::all_of(
      c.arms, [&](const Arm& arm) { return arm.configs[0].eval_every == first.eval_every; });
  const std::string every = alike ? ", one every " + count(double(first.eval_every)) + " steps," : "";
  page.table(steps_table(c), "At the first evaluation" + every + " that reached it.");
  if (c.seeds.size() > 1 && !paired_arms(c).empty()) page.table(paired_table(c));

  if (c.grid && c.factors.size() == 2 && c.arms.size() > 2) {
    page.section(std::string("Final ") + judging_set(c) + " accuracy")
        .figure(drawn(heat_map(c), folder, "heat-map"),
                "Mean over the seeds that did not diverge; × if every run diverged.");
  }
  if (by_one_number(c)) {
    page.section(std::string("Final ") + judging_set(c) + " accuracy by " + c.factors[0].name)
        .figure(drawn(by_number(c), folder, "final-accuracy"),
                "Over the seeds that did not diverge; a value at which every run diverged has no point.");
  }
  add_curves(page, c, folder);
  page.section("How it was run")
      .text(c.data +
            (c.afterwards
                 ? ". The runs were made before; nothing was trained to compare them."
                 : ". Each run has one thread; the numbers do not depend on how many run at a time."));
  page.code(command);
  std::map<std::string, std::string> instead = {
      {"seed", std::to_string(c.seeds.front()) + " to " + std::to_string(c.seeds.back())}};
  for (const Factor& f : c.factors) instead[f.name] = "varied";
  page.details("All settings", settings_table(first, instead));
  write_file(folder / "report.html", page.str());
  write_file(folder / "comparison.json", comparison_json(c));
}

}}  // namespace norma
