// norma find-lr: one run of growing rate, and which rate it suggests.
#include <cmath>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/compare/describe.h"
#include "apps/compare/run_report.h"
#include "apps/report/gnuplot.h"
#include "apps/report/html.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "apps/run/find_rate.h"
#include "apps/run/results_folder.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

struct FindOptions {
  Given given;
  std::string config_file, out = "runs/find-lr";
  double from = 1e-4, to = 100;
  bool quiet = false;
};

RunConfig two_hundred_steps() {
  RunConfig config;
  config.steps = 200;
  return config;
}

std::string finding(const RateSearch& s) {
  std::string words = s.suggestion ? "Suggested: --lr " + number(*s.suggestion, 1) + ", " + s.reason + "."
                                   : "No suggestion: " + s.reason + ".";
  if (!s.steepest) return words;
  words += " The loss falls fastest at " + number(*s.steepest, 2);
  words += s.diverges ? " and rises again to where it began at " + number(*s.diverges, 2) + "."
                      : "; up to " + number(s.rates.back(), 2) + " it does not rise again to where it began.";
  return words;
}

void write_page(const RateSearch& s, const RunConfig& config, const std::string& network,
                const std::string& words, const fs::path& folder) {
  Figure figure{.x_label = "learning rate", .y_label = "loss of the batch (nats)", .log_x = true};
  figure.series = {{.label = "smoothed", .x = s.rates, .y = s.smooth},
                   {.label = "each batch", .x = s.rates, .y = s.losses, .draw = Series::Draw::points}};
  Page page("A search for the learning rate");
  if (s.suggestion) page.number(number(*s.suggestion, 1), "learning rate: " + s.reason);
  page.lead(words);
  page.text(network + "; " + count(double(s.rates.size())) + " steps of growing rate, batches of " +
            std::to_string(config.batch_size) + ", seed " + std::to_string(config.seed) + ".");
  page.figure(drawn(figure, folder, "loss-by-rate"),
              "The loss of each batch before its step, and their running mean, by the rate of the step.");
  page.details("All settings", settings_table(config, {{"lr", "growing"}}));
  write_file(folder / "report.html", page.str());
}

int find_lr(const FindOptions& o) {
  RunConfig config = make_config(two_hundred_steps(), o.config_file, o.given);
  config.schedule = RunConfig().schedule;  // the search has its own
  config.warmup = 0;
  refuse_unused(o.given, {config});
  validate(config);
  const DataPair data = open_data(config, o.quiet);
  const RunPlan plan = resolve(config, data);
  const std::string network = network_words(plan.config, data.train);
  check_memory(static_cast<int>(plan.config.threads));
  const fs::path folder = make_results_folder(o.out);
  if (!o.quiet) std::cout << wrapped(network) << '\n' << std::flush;
  StatusLine line;
  const auto advance = [&](Index step) {
    if (!o.quiet && interactive())
      line.show("step " + count(double(step)) + " of " + count(double(plan.config.steps)));
  };
  const RateSearch found = find_rate(plan, data, o.from, o.to, advance);
  line.clear();
  const std::string words = finding(found);
  write_page(found, plan.config, network, words, folder);
  std::cout << '\n'
            << wrapped(words) << "\n\n"
            << figures_words() << (folder / "report.html").string() << '\n';
  return exit_ok;
}

}  // namespace

Command find_lr_command() {
  auto o = std::make_shared<FindOptions>();
  return {
      .name = "find-lr",
      .help = "Suggest a learning rate from one short run whose rate grows from step to step",
      .options = {{"from", "X", "the rate of the first step [0.0001]", set_number("from", o->from)},
                  {"to", "X",
                   "the rate of the last step, unless the loss grows to twice the first before [100]",
                   set_number("to", o->to)},
                  {"config", "FILE",
                   "options from this file, such as RUN/config.json; those on the command line come after",
                   set_text(o->config_file)},
                  {"out", "DIR", "folder for the page [runs/find-lr]", set_text(o->out)},
                  {"quiet", "", "the result only", set_flag(o->quiet)}},
      .run = [o] { return find_lr(*o); },
      .example = "norma find-lr --norm batch --activation relu",
      .given = &o->given,
      .defaults = two_hundred_steps(),
      .without = {"lr", "schedule", "decay-every", "decay-factor", "warmup", "epochs", "eval-every",
                  "log-every", "precise"}};
}

}}  // namespace norma
