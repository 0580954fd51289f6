#include "apps/compare/run_report.h"

#include "apps/compare/data_summary.h"
#include "apps/compare/describe.h"
#include "apps/report/figure.h"
#include "apps/report/html.h"
#include "apps/report/numbers.h"
#include "apps/run/options.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

Series curve(const RunResult& r, const std::string& label, double (*value)(const Evaluation&)) {
  Series s{.label = label};
  for (const Evaluation& e : r.evaluations) {
    s.x.push_back(double(e.step));
    s.y.push_back(value(e));
  }
  return s;
}

std::string finding(const RunResult& r) {
  if (r.diverged_at)
    return "Diverged at step " + count(double(*r.diverged_at)) +
           ": the loss was no longer finite, or a thousand times what it was at first.";
  return percent(r.test_running.accuracy) + " of the test set right after " + count(double(r.steps)) +
         " steps; mean loss " + number(r.test_running.loss) + " nats. " + judged_words(r);
}

}  // namespace

bool most_is_early(const RunResult& r) { return r.steps >= 1000 && r.evaluations.size() > 10; }

PageFigure on_both_axes(Figure figure, const std::filesystem::path& folder, const std::string& name,
                        const std::string& caption) {
  PageFigure both{drawn(figure, folder, name), caption};
  figure.log_x = !figure.log_x;
  both.other = drawn(figure, folder, name + (figure.log_x ? "-log" : "-linear"));
  return both;
}

Table score_table(const RunResult& r) {
  const bool validates = r.config.validation > 0, precise = r.config.precise > 0;
  std::vector<std::string> header = {"", "train loss", "accuracy", "test loss", "accuracy"};
  if (validates) header.insert(header.begin() + 3, {"validation loss", "accuracy"});
  Table table(header);
  auto row = [&](const char* name, const Score& train, const Score& validation, const Score& test) {
    std::vector<std::string> cells = {name};
    for (const Score* s : {&train, &validation, &test})
      if (validates || s != &validation) cells.insert(cells.end(), {number(s->loss), percent(s->accuracy)});
    table.row(cells);
  };
  const Score validation = validates && r.judged() ? r.judged()->score : Score();  // by moving averages
  if (!uses_batch_statistics(r.config)) {
    row("", r.train_running, validation, r.test_running);
  } else {
    if (precise) row("moving averages", {}, validation, r.test_moving);
    row(precise ? "precise statistics (eval)" : "running statistics (eval)", r.train_running,
        precise ? Score() : validation, r.test_running);
    row("batch statistics (train)", r.train_batch, {}, r.test_batch);
  }
  return table;
}

std::string judged_words(const RunResult& r) {
  const Evaluation* best = r.best();
  if (r.config.validation == 0 || !best) return "";
  const std::string at = "step " + count(double(best->step)) + ", " + percent(best->score.accuracy);
  if (!r.judged_by_best())
    return "The scores are of the last weights; the best validation, at " + at +
           ", is in model-best.safetensors (--weights best).";
  const bool early = r.steps < r.config.steps;
  return "The scores are of the weights with the best validation, at " + at + " (--weights best)" +
         (early ? "; early stop after step " + count(double(r.steps)) : "") + ".";
}

Table settings_table(const RunConfig& config, const std::map<std::string, std::string>& instead) {
  Table settings({"option", "value"});
  settings.align(1, Align::left);
  for (const Option& o : run_options()) {
    const auto other = instead.find(o.name);
    settings.row({o.name, other == instead.end() ? o.get(config) : other->second});
  }
  return settings;
}

void write_run_report(const RunResult& r, const Dataset& train, const std::string& network,
                      const std::filesystem::path& folder) {
  Page page("A run on " + r.data.substr(0, r.data.find(',')));
  page.lead(finding(r));
  page.text(network + "; " + optimizer_words(r.config) + ".");
  if (!r.diverged_at) page.table(score_table(r), "At the end, over the whole training and test sets.");
  if (r.evaluations.size() < 2) {
    page.text(std::string("No curves: there was ") +
              (r.evaluations.empty() ? "no evaluation" : "one evaluation") +
              "; `--eval-every N` says how often there is one.");
  } else {
    const bool log = most_is_early(r);
    const std::string judging = judging_set(r.config);
    Figure accuracy{
        .x_label = "training steps", .y_label = judging + " accuracy", .log_x = log, .percent_y = true};
    accuracy.series = {curve(r, "", [](const Evaluation& e) { return e.score.accuracy; })};
    Figure loss{.x_label = "training steps", .y_label = "loss (nats)", .log_x = log, .log_y = true};
    loss.series = {curve(r, "training", [](const Evaluation& e) { return e.train_loss; }),
                   curve(r, judging, [](const Evaluation& e) { return e.score.loss; })};
    page.section((judging == "test" ? "Test" : "Validation") + std::string(" accuracy and loss"))
        .figures({on_both_axes(
                      accuracy, folder, judging + "-accuracy",
                      uses_batch_statistics(r.config) ? "With the running statistics, as at inference." : ""),
                  on_both_axes(
                      loss, folder, "training-loss",
                      "Training: mean of the batches since the evaluation before, in training mode. " +
                          std::string(judging == "test" ? "Test" : "Validation") + ": in inference mode.")},
                 {.id = "curves", .log_first = log});
  }
  if (train.size() > 0) add_samples(page, train);
  page.section("How it was run");
  page.text(r.data + "; " + count(double(r.parameters)) + " parameters; seed " +
            std::to_string(r.config.seed) + ".");
  page.code("norma train --config config.json");
  page.details("All settings", settings_table(r.config));
  write_file(folder / "report.html", page.str());
}

}}  // namespace norma
