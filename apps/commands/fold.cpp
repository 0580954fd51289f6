// norma fold: batch normalization into the layers before it, for inference; what it changes, and what it
// gains.
#include "layers/fold.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/report/numbers.h"
#include "apps/report/statistics.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "apps/run/clock.h"
#include "apps/run/evaluate.h"
#include "apps/run/opened_run.h"
#include "apps/run/results_folder.h"
#include "data/formats/files.h"
#include "data/formats/safetensors.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

struct FoldOptions {
  std::string run, out, weights;
  int rounds = 5;
  bool overwrite = false;
};

// Layers, those inside residuals too.
Index layers_of(const Module& model) {
  if (model.children().empty()) return 1;
  Index n = 0;
  for (const Module::Child& child : model.children()) n += layers_of(*child.module);
  return n;
}

// The logits of the whole test set, and the share of right answers.
struct Answers {
  std::vector<real> logits;
  double accuracy;
};

Answers answers(Module& model, const Dataset& data, const BatchFormat& format) {
  std::vector<real> logits;
  auto keep = [&](const Tensor& y) { logits.insert(logits.end(), y.values().begin(), y.values().end()); };
  const double accuracy = evaluate(model, data, format, 100, Statistics::running, {}, keep).accuracy;
  return {std::move(logits), accuracy};
}

double seconds_of(Module& model, const Dataset& data, const BatchFormat& format) {
  const auto start = Clock::now();
  answers(model, data, format);
  return seconds_since(start);
}

int fold(const FoldOptions& o) {
  const fs::path run = o.run, out = o.out.empty() ? run / "folded" : fs::path(o.out);
  std::error_code none;
  check(!fs::equivalent(run, out, none), "--out ", out.string(), ": is the run itself; give another folder");
  OpenedRun before = open_run(run, "fold", o.weights), after = open_run(run, "fold", o.weights);
  warn_of_run(before);
  const DataPair data = open_data_for(before, "", "");
  const BatchFormat& format = before.plan.loader.format;
  const int folded = fold_batchnorm(after.model);

  const Answers was = answers(before.model, data.test, format), is = answers(after.model, data.test, format);
  for (real y : was.logits)
    check(std::isfinite(y), "fold: the network of ", run.string(), " diverged: it answers ", y);
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < was.logits.size(); ++i) {
    difference = std::max(difference, std::abs(double(was.logits[i]) - is.logits[i]));
    largest = std::max(largest, std::abs(double(was.logits[i])));
  }
  std::vector<double> slow, fast, gains;
  for (int i = 0; i < o.rounds; ++i) {
    slow.push_back(seconds_of(before.model, data.test, format));
    fast.push_back(seconds_of(after.model, data.test, format));
    gains.push_back(slow.back() / fast.back());
  }

  RunConfig plain = without_batch_norm(before.plan.config);
  plain.early_stop = 0;  // there is one file of weights
  reset_unused(plain);
  ResultsFolder results(out, "fold", o.overwrite);
  const fs::path& folder = results.path();
  plain.init_from = fs::absolute(folder / "model.safetensors").string();
  reset_unused(plain);
  write_safetensors(results.staging() / "model.safetensors", after.model.state_dict(),
                    model_metadata(plan_of(plain, before.plan.about)));
  write_file(results.staging() / "config.json", to_json(plain));
  results.publish();

  Table table({"", "layers", "test accuracy", "time for the test set"});
  table.row(
      {"as trained", count(double(layers_of(before.model))), percent(was.accuracy), seconds(median(slow))});
  table.row({"folded", count(double(layers_of(after.model))), percent(is.accuracy), seconds(median(fast))});
  std::cout << '\n'
            << folded << (folded == 1 ? " batch normalization" : " batch normalizations")
            << " folded into the "
            << "layers before" << weights_words(before) << "\n\n"
            << table.text(2) << '\n'
            << wrapped(
                   "The logits differ by at most " + number(difference, 2) + " (the largest is " +
                   number(largest) + "). The folded network is " + number(median(gains)) + " times as fast" +
                   (o.rounds == 1 ? "."
                                  : ": medians of " + std::to_string(o.rounds) + " rounds, both in turn."))
            << "\n\n"
            << folder.string() << '\n';
  return exit_ok;
}

}  // namespace

Command fold_command() {
  auto o = std::make_shared<FoldOptions>();
  return {.name = "fold",
          .help = "Fold a trained network's batch normalization into the layers before it, for inference",
          .options = {run_argument(o->run),
                      {"out", "DIR", "folder for the folded network [RUN/folded]", set_text(o->out)},
                      weights_option(o->weights),
                      {"rounds", "N", "rounds of timing; the medians are shown [5]",
                       set_whole("rounds", o->rounds, 1, 1000)},
                      {"overwrite", "", "replace what is in --out already, once the new is complete",
                       set_flag(o->overwrite)}},
          .run = [o] { return fold(*o); },
          .example = "norma fold runs/001-train"};
}

}}  // namespace norma
