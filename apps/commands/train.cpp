// norma train: one run, its progress, its result.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/compare/data_summary.h"
#include "apps/compare/describe.h"
#include "apps/compare/run_report.h"
#include "apps/grid/store.h"
#include "apps/report/numbers.h"
#include "apps/report/plot_text.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "apps/run/agreement.h"
#include "apps/run/processes.h"
#include "apps/run/results_folder.h"
#include "apps/run/run_folder.h"
#include "apps/run/threads.h"
#include "apps/run/trainer.h"
#include "core/autograd.h"
#include "core/suggest.h"
#include "optim/schedule.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

struct TrainOptions {
  Given given;
  std::string config_file, out, resume;
  int checkpoint_every = 0;
  bool overwrite = false, report = false, quiet = false, keep_checkpoint = false;
};

// A layer's words without defaults: "kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)" as "kernel_size=3,
// padding=1".
std::string short_words(std::string text) {
  for (std::size_t at = text.find("=("); at != text.npos; at = text.find("=(", at + 1)) {
    const std::size_t end = text.find(')', at), comma = text.find(',', at);
    if (end == text.npos || comma > end) continue;
    const std::string one = text.substr(at + 2, comma - at - 2), pair = one + ", " + one;
    const std::string all = text.substr(at + 2, end - at - 2);
    if (all == one + "," || all == pair || all == pair + ", " + one) text.replace(at + 1, end - at, one);
  }
  for (const std::string usual : {", stride=1", ", padding=0", ", dilation=1", ", ceil_mode=False"}) {
    const std::size_t at = text.find(usual), end = at + usual.size();
    if (at == text.npos || (text[end] != ',' && text[end] != ')')) continue;
    if (usual != ", stride=1" || text.starts_with("Conv"))
      text.erase(at, usual.size());  // pooling's is the kernel
  }
  return text;
}

// Each layer with the shape it gives to a batch of N and the number of its parameters.
Table summary(const Sequential& model, const Shape& sample) {
  NoGrad guard;
  Table table({"", "layer", "output", "parameters"});
  table.align(0, Align::left);
  Tensor x = Tensor::zeros(batch_shape(2, sample));
  Index parameters = 0;
  for (const Module::Child& layer : model.children()) {
    x = layer.module->forward(x);
    Shape one;
    for (int i = 1; i < x.rank(); ++i) one.append(x.dim(i));
    Index own = 0;
    for (const Parameter& p : layer.module->parameters()) own += p.tensor.size();
    parameters += own;
    table.row({layer.name, short_words(layer.module->describe()), batch_words(one), count(double(own))});
  }
  table.row({"", "", "", count(double(parameters))});
  return table;
}

// One line that is overwritten on a terminal; elsewhere a plain line per evaluation, at most one in two
// seconds.
class ProgressLine {
 public:
  explicit ProgressLine(std::string judging) : judging_(std::move(judging)) {}

  void operator()(const Progress& p) {
    if (p.evaluating) {
      if (interactive()) line_.show("final scores, on all training and test samples …");
      return;
    }
    if (interactive()) {
      losses_.push_back(p.loss);
      if (p.score.accuracy != shown_ && !std::isnan(p.score.accuracy))
        accuracies_.push_back(shown_ = p.score.accuracy);
      int detail = 4;
      while (detail > 0 && display_width(words(p, detail)) >= terminal_width()) --detail;
      line_.show(words(p, detail), p.step == p.steps);
      return;
    }
    const bool fresh = p.score.accuracy != shown_ && !std::isnan(p.score.accuracy);
    if (p.step == p.steps || (fresh && Clock::now() > next_)) {
      std::cerr << words(p, 0) << '\n';
      shown_ = p.score.accuracy;
      next_ = Clock::now() + std::chrono::seconds(2);
    }
  }

 private:
  // detail 1: with the curves so far; 2: with the best accuracy if it is not the newest; 3: with the epoch;
  // 4: with the speed, which is also there if there is nothing else.
  std::string words(const Progress& p, int detail) const {
    const auto curve = [detail](const std::vector<double>& values) {
      return detail > 0 && values.size() > 1 ? sparkline(values, 6) + " " : "";
    };
    const double rest = p.steps_per_second > 0 ? double(p.steps - p.step) / p.steps_per_second : 0;
    std::string line = "step " + count(double(p.step)) + " of " + count(double(p.steps));
    if (detail > 2) line += "   epoch " + number(p.epoch, 2);
    if (detail == 0 || detail == 4) line += "   " + count(p.steps_per_second) + " steps/s";
    if (p.step < p.steps) line += "   ETA " + seconds(rest);
    line += "   loss " + curve(losses_) + number(p.loss);
    if (std::isnan(p.score.accuracy)) return line;
    line += "   " + judging_ + " " + curve(accuracies_) + percent(p.score.accuracy);
    const double best = accuracies_.empty() ? p.score.accuracy : *std::ranges::max_element(accuracies_);
    return detail > 1 && best > p.score.accuracy ? line + ", best " + percent(best) : line;
  }

  std::string judging_;  // "test": the set that the accuracy is of
  StatusLine line_;
  std::vector<double> losses_, accuracies_;  // so far
  double shown_ = -1;
  Clock::time_point next_{};
};

volatile std::sig_atomic_t stop_signals = 0;

// The first asks the run to stop after its step, and says so: the step may be long, or the evaluation after
// it. The second does not wait.
void stop(int) {
  if (stop_signals) _exit(exit_stopped);
  stop_signals = 1;
  say_words();
}

int finish(const FinishedRun& finished, const DataPair& data, const std::string& network,
           ResultsFolder& results, RunRecord& record, bool report) {
  const RunResult& r = finished.result;
  const fs::path& folder = results.path();
  if (r.stopped) {
    record.keep();
    std::cout << '\n'
              << wrapped("stopped after step " + count(double(r.steps)) + " of " +
                         count(double(r.config.steps)) + "; norma train --resume " + folder.string() +
                         " continues from there")
              << '\n';
    return exit_stopped;
  }
  write_run(results.staging(), finished, record);
  if (r.diverged_at) remove_checkpoint(results.staging());  // by its last evaluation
  if (report) write_run_report(r, data.train, network, results.staging());
  results.publish();
  record.keep();
  const std::string result = (report ? folder / "report.html" : folder).string();
  if (r.diverged_at) {
    std::cout << '\n'
              << wrapped("diverged at step " + count(double(*r.diverged_at)) +
                         ": the loss was no longer finite, or a thousand times what it was at first; a lower "
                         "--lr may help")
              << "\n\n"
              << result << '\n';
    return exit_diverged;
  }
  std::cout << '\n'
            << score_table(r).text(2) << "\n  " << count(double(r.steps))
            << (r.steps == 1 ? " step in " : " steps in ") << seconds(r.train_seconds) << " ("
            << count(double(r.steps) / r.train_seconds) << " a second), evaluation "
            << seconds(r.eval_seconds) << '\n';
  for (const std::string& words : {judged_words(r), ending_words(r, data)})
    if (!words.empty()) std::cout << '\n' << wrapped(words) << '\n';
  std::cout << '\n' << result << '\n';
  return exit_ok;
}

bool prolongs(const TrainOptions& options) {
  return options.given.count("steps") || options.given.count("epochs");
}

// The run's own configuration, with --steps or --epochs of another length.
RunConfig resumed_config(const TrainOptions& options, const Checkpoint& from) {
  for (const auto& [name, value] : options.given)
    check(name == "data-dir" || name == "steps" || name == "epochs", "--", name,
          ": given with --resume, which continues with the run's own options");
  check(options.config_file.empty() && options.out.empty() && !options.overwrite,
        "--resume: continues in the run's own folder; it goes with --steps, --epochs, --checkpoint-every, "
        "--keep-checkpoint, --data-dir, --report and --quiet only");
  const RunConfig& own = from.result.config;
  std::error_code none;
  check(prolongs(options) || from.result.steps < own.steps ||
            !fs::exists(fs::path(options.resume) / "summary.json", none),
        "--resume ", options.resume, ": this run is finished; --steps or --epochs prolongs it");
  check(!prolongs(options) || !find_named(schedules(), own.schedule, "--schedule").of_total, "--resume ",
        options.resume, ": its --schedule ", own.schedule,
        " depends on the number of steps, which cannot change");
  return make_config(own, "", options.given);
}

RunConfig new_config(const TrainOptions& options, const Processes& processes) {
  RunConfig config = make_config({}, options.config_file, options.given);
  if (config.accumulate == 1 && !options.given.count("accumulate")) config.accumulate = processes.size();
  refuse_unused(options.given, {config});
  validate(config);
  return config;
}

// The lines before the first step.
void say_start(const RunPlan& plan, const DataPair& data, int threads, const Checkpoint* from) {
  const RunConfig& c = plan.config;
  const int processes = Processes::all().size();
  std::cout << '\n'
            << optimizer_words(c) << "; " << count(double(c.steps)) << (c.steps == 1 ? " step" : " steps")
            << ", seed " << c.seed << ", " << threads << (threads == 1 ? " thread" : " threads")
            << (processes > 1 ? " in each of " + std::to_string(processes) + " processes\n" : "\n");
  if (const std::string words = sample_words(c, data.train); !words.empty())
    std::cout << wrapped(words) << '\n';
  if (from) std::cout << "continues after step " << count(double(from->result.steps)) << '\n';
}

// All processes are about to do the same, and will wait for each other.
void begin_together(const RunPlan& plan, const DataPair& data) {
  if (Processes::all().size() == 1) return;
  std::map<std::string, std::string> all = circumstances_of(data);
  for (const Option& o : run_options()) all["--" + o.name] = o.get(plan.config);
  for (const char* place : {"--data", "--data-dir"}) all.erase(place);  // the data themselves count
  agree(all);
  go_on(Stage::together);
}

// Under mpirun every process trains; those that are not the first leave nothing.
int train_along(const RunPlan& plan, const DataPair& data, const RunHooks& hooks, const Checkpoint* from) {
  begin_together(plan, data);
  try {
    const RunResult r = run(plan, data, hooks, from).result;
    return r.stopped ? exit_stopped : r.diverged_at ? exit_diverged : exit_ok;
  } catch (const Error&) {
    if (stop_signals == 0) throw;
    Processes::all().abort(exit_failed);  // as another one ended, which the first process says
  }
}

// The run in its folder.
int train_here(const TrainOptions& options, const RunPlan& plan, const DataPair& data, int threads,
               RunHooks hooks, const Checkpoint* from) {
  const bool several = Processes::all().size() > 1;
  ResultsFolder results(from ? options.resume : options.out, "train", from || options.overwrite);
  const fs::path& folder = results.path();
  const bool replaces = from ? fs::exists(folder / "config.json") : holds_results(folder);
  RunRecord record(replaces ? results.staging() : folder, data_record(data));
  if (!options.quiet) say_start(plan, data, threads, from);
  std::cout << std::flush;
  ProgressLine line(judging_set(plan.config));
  if (!options.quiet) hooks.progress = std::ref(line);
  hooks.record = [&](const RunResult& r) { record.add(r); };
  hooks.checkpoint = [&](const Checkpoint& c) { write_checkpoint(folder, c); };
  if (options.keep_checkpoint)
    hooks.last_checkpoint = [&](const Checkpoint& c) { write_checkpoint(results.staging(), c); };
  hooks.checkpoint_every = options.checkpoint_every;
  // One of several processes may end, and takes the others with it.
  if (several && options.checkpoint_every == 0) hooks.checkpoint_every = plan.config.eval_every;
  begin_together(plan, data);
  try {
    return finish(run(plan, data, hooks, from), data, network_words(plan.config, data.train), results, record,
                  options.report);
  } catch (const Error& e) {
    if (!several || !has_checkpoint(folder)) throw;
    record.keep();
    fail(e.what(), "; norma train --resume ", folder.string(), " continues from the last checkpoint");
  }
}

int train(const TrainOptions& options) {
  Processes& processes = Processes::all();
  std::optional<Checkpoint> from;
  if (!options.resume.empty()) from = read_checkpoint(options.resume);
  RunConfig config = from ? resumed_config(options, *from) : new_config(options, processes);
  DataPair data = open_data(config);
  if (!options.quiet) std::cout << wrapped(summary_words(data)) << '\n';
  const RunPlan plan = resolve(config, data);
  check_parts(plan, processes.size());
  if (from && prolongs(options))
    check(plan.config.steps > from->result.steps, "--resume ", options.resume, ": expected more than the ",
          from->result.steps, " steps taken, got ", plan.config.steps);
  if (!from) {
    Sequential model =
        build_model(plan, data.train);  // finds weights that do not fit before a folder is made
    if (!options.quiet)
      std::cout << '\n'
                << wrapped(network_words(plan.config, data.train)) << "\n\n"
                << summary(model, plan.input).text(2);
  }
  check_memory(static_cast<int>(plan.config.threads));
  const int threads = available_threads(plan.config.threads);
  // Before there is a folder: from then on a stop leaves a checkpoint in it.
  on_stop(stop, "stops after this step; a second signal stops it at once");
  RunHooks hooks;
  hooks.stop = [] { return stop_signals != 0; };
  hooks.processes = &processes;
  processes.give_up = hooks.stop;
  const Checkpoint* start = from ? &*from : nullptr;
  return processes.rank() > 0 ? train_along(plan, data, hooks, start)
                              : train_here(options, plan, data, threads, hooks, start);
}

}  // namespace

Command train_command() {
  auto o = std::make_shared<TrainOptions>();
  return {
      .name = "train",
      .help = "Train one network and leave a folder with its weights and curves",
      .options = {{"config", "FILE",
                   "options from this file, such as RUN/config.json; those on the command line come after",
                   set_text(o->config_file)},
                  {"out", "DIR", "folder for the results [runs/NNN-train]", set_text(o->out)},
                  {"overwrite", "", "replace existing results in --out, once the new ones are complete",
                   set_flag(o->overwrite)},
                  {"checkpoint-every", "N",
                   "steps between checkpoints, from which --resume continues; 0: only when it is stopped [0]",
                   set_whole("checkpoint-every", o->checkpoint_every, 0, 2'000'000'000)},
                  {"keep-checkpoint", "",
                   "leave a checkpoint at the end too, from which --resume RUN --steps N prolongs the run",
                   set_flag(o->keep_checkpoint)},
                  {"resume", "RUN",
                   "continue a run that was stopped, in its folder; with --steps or --epochs to another end",
                   set_text(o->resume)},
                  {"report", "", "also draw the curves and write a page, report.html", set_flag(o->report)},
                  {"quiet", "", "no table of layers and no progress line", set_flag(o->quiet)}},
      .run = [o] { return train(*o); },
      .example = "norma train --norm batch --activation relu --epochs 3",
      .given = &o->given,
      .several = true};
}

}}  // namespace norma
