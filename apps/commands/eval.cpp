// norma eval: a trained network's loss and accuracy on a test set, and which classes it takes for which.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/compare/describe.h"
#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "apps/run/evaluate.h"
#include "apps/run/json.h"
#include "apps/run/opened_run.h"
#include "core/suggest.h"
#include "data/load.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct EvalOptions {
  std::string run, data, data_dir, weights;
  bool json = false;
};

/// counts[true class][answered class]
using Confusion = std::vector<std::vector<Index>>;

double share_right(const std::vector<Index>& row, Index c) {
  Index sum = 0;
  for (Index n : row) sum += n;
  return sum ? double(row[c]) / double(sum) : NAN;
}

/// The confusion matrix if it is no wider than a terminal; else one row per class with its commonest mistake.
std::string confusion_words(const Confusion& confusion, const Dataset& data) {
  std::vector<std::string> header = {"true \\ predicted"};
  for (int c = 0; c < data.classes; ++c) header.push_back(data.class_name(c));
  header.push_back("right");
  Table all(header), short_table({"class", "images", "right", "mostly mistaken for", "times"});
  all.align(0, Align::left);
  short_table.align(0, Align::left).align(3, Align::left);
  for (int c = 0; c < data.classes; ++c) {
    const std::vector<Index>& row = confusion[c];
    std::vector<std::string> cells = {data.class_name(c)};
    Index images = 0, mistake = -1;
    for (int k = 0; k < data.classes; ++k) {
      const Index n = row[k];
      images += n;
      if (k != c && n > 0 && (mistake < 0 || n > row[mistake])) mistake = k;
      cells.push_back(n ? count(double(n)) : "·");
    }
    const std::string right = percent(share_right(row, c));
    cells.push_back(right);
    all.row(cells);
    short_table.row({data.class_name(c), count(double(images)), right,
                     mistake < 0 ? "" : data.class_name(mistake),
                     mistake < 0 ? "" : count(double(row[mistake]))});
  }
  for (int c = 0; c <= data.classes; ++c) all.align(c + 1, Align::right);
  const std::string text = all.text(2);
  return display_width(text.substr(0, text.find('\n'))) <= 100 ? text : short_table.text(2);
}

int eval(const EvalOptions& o) {
  OpenedRun run = open_run(o.run, "eval", o.weights);
  warn_of_run(run);
  const Dataset test = open_data_for(run, o.data, o.data_dir, o.json, /*test_only=*/true).test;
  const RunConfig& config = run.plan.config;
  const BatchFormat& format = run.plan.loader.format;

  Confusion confusion(test.classes, std::vector<Index>(test.classes));
  std::vector<Index> answers;
  const auto answer = [&](const Tensor& logits) {  // to one image
    const auto z = logits.values();
    for (real value : z)
      check(std::isfinite(value), "the network diverged in its training: it answers ", value);
    answers.push_back(std::max_element(z.begin(), z.end()) - z.begin());
    ++confusion[test.labels[answers.size() - 1]][answers.back()];
  };
  const bool averages = run.plan.batch_statistics;
  const Score running = evaluate(run.model, test, format, 1, Statistics::running, {}, answer);
  const Score batch =
      averages ? evaluate(run.model, test, format, config.batch_size, Statistics::batch, config.seed)
               : running;

  if (o.json) {
    json j;
    auto score = [](const Score& s) { return json{{"loss", s.loss}, {"accuracy", s.accuracy}}; };
    j["run"] = o.run;
    j["weights"] = run.weights;
    j["data"] = test.name + ", " + test.source;
    j["images"] = test.size();
    j["running_statistics"] = score(running);
    j["batch_statistics"] = score(batch);
    for (int c = 0; c < test.classes; ++c) j["classes"].push_back(test.class_name(c));
    j["confusion"] = confusion;
    j["answers"] = answers;
    std::cout << json_text(j) << '\n';
    return exit_ok;
  }
  Table table({"", "test loss", "accuracy"});
  auto row = [&](const char* name, const Score& s) {
    table.row({name, number(s.loss), percent(s.accuracy)});
  };
  row(averages ? "running statistics (eval)" : "", running);
  if (averages) row("batch statistics (train)", batch);
  std::cout << '\n'
            << wrapped(network_words(config, test) + weights_words(run)) << "\n\n"
            << table.text(2) << '\n'
            << confusion_words(confusion, test);
  return exit_ok;
}

}  // namespace

Command eval_command() {
  auto o = std::make_shared<EvalOptions>();
  return {.name = "eval",
          .help = "Loss, accuracy and confusion matrix of a trained network on a test set",
          .options = {run_argument(o->run),
                      {"data", "NAME", one_of(names_of(data_sets()), ", ") + " or a folder [the run's own]",
                       set_text(o->data)},
                      {"data-dir", "DIR", "where to look for mnist/ [the run's own]", set_text(o->data_dir)},
                      weights_option(o->weights),
                      {"json", "", "one line of JSON, with the answer to each image", set_flag(o->json)}},
          .run = [o] { return eval(*o); },
          .example = "norma eval runs/001-train --data digits"};
}

}}  // namespace norma
