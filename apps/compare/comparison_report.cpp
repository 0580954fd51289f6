// What a comparison leaves for people and programs: figures, report.html, comparison.json.
#include <algorithm>
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

// One line an arm, mean and 95% band over the runs that had not diverged by then.
std::vector<Series> curves(const Comparison& c, double (*value)(const Evaluation&)) {
  std::set<int> colours;  // an arm's own, where each has another
  for (const Arm& arm : c.arms) colours.insert(arm_colour(arm.values[0]));
  const bool by_norm =
      c.factors.size() == 1 && c.factors[0].name == "norm" && colours.size() == c.arms.size();
  const bool by_number = c.factors.size() == 1 && find_option(c.factors[0].name).kind == Option::Kind::number;
  std::vector<Series> all;
  for (const Arm& arm : c.arms) {
    Series s;
    s.label = arm.name;
    if (by_norm) {
      s.colour = arm_colour(arm.values[0]);
      if (arm.values[0] == "none" || arm.values[0] == "batch") s.label = with_or_without(arm.values[0]);
    } else if (by_number) {
      s.colour = ordered_colour(all.size(), c.arms.size());
    }
    std::size_t length = 0;
    for (const RunResult& r : arm.runs) length = std::max(length, r.evaluations.size());
    for (std::size_t e = 0; e < length; ++e) {
      std::vector<double> values;
      double step = 0;
      for (const RunResult& r : arm.runs) {
        if (e >= r.evaluations.size()) continue;
        values.push_back(value(r.evaluations[e]));
        step = double(r.evaluations[e].step);
      }
      s.add(step, mean_interval(values), arm.runs.size() > 1);
    }
    all.push_back(std::move(s));
  }
  return all;
}

HeatMap heat_map(const Comparison& c) {
  HeatMap map;
  map.x_label = c.factors[1].name;
  map.y_label = c.factors[0].name;
  map.value_label = "final test accuracy";
  map.x_names = c.factors[1].values;
  map.y_names = c.factors[0].values;
  map.percent_value = true;
  for (const Arm& arm : c.arms) {
    const auto accuracies = finite(arm.accuracies());
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
    a["diverged"] = arm.diverged();
    for (std::size_t s = 0; s < arm.runs.size(); ++s) {
      json run = parse_json(summary_json(arm.runs[s]));
      run["seed"] = c.seeds[s];
      a["runs"].push_back(run);
    }
    j["arms"].push_back(a);
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
  page.table(outcome_table(c), "At the end: " + over_seeds(c.seeds.size()) + ".");
  page.table(steps_table(c), "At the first evaluation, one every " + count(double(first.eval_every)) +
                                 " steps, that reached it.");
  if (c.arms.size() == 2 && c.seeds.size() > 1) page.table(paired_table(c));

  auto add = [&](const auto& figure, const std::string& name, const std::string& caption) {
    const std::string svg = draw(figure, folder, name);
    page.figure(svg.empty() ? "" : read_file(svg), caption, name);
  };
  if (c.factors.size() == 2 && c.arms.size() > 2) {
    page.section("Final test accuracy");
    add(heat_map(c), "heat-map", "Mean over the seeds that did not diverge; × where every run diverged.");
  }
  if (c.arms.size() <= most_curves) {
    Figure accuracy{
        .x_label = "training steps", .y_label = "test accuracy", .log_x = true, .percent_y = true};
    accuracy.series = curves(c, [](const Evaluation& e) { return e.test.accuracy; });
    page.section("Curves");
    add(accuracy, "test-accuracy",
        "With the running statistics, as at inference. Lines are means over the runs that had not diverged "
        "by then, bands 95% intervals.");
    Figure loss{.x_label = "training steps", .y_label = "training loss (nats)", .log_x = true, .log_y = true};
    loss.series = curves(c, [](const Evaluation& e) { return e.train_loss; });
    add(loss, "training-loss",
        "Mean of the batches since the evaluation before, in training mode; over the runs that had not "
        "diverged by then.");
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
