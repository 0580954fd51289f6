// norma compare: a grid of runs side by side, and what it
// says. Without options: BN against no BN on the paper's net.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/compare/comparison.h"
#include "apps/compare/describe.h"
#include "apps/report/figure.h"
#include "apps/run/results_folder.h"
#include "apps/run/threads.h"
#include "core/parallel.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct CompareOptions {
  Given given;
  std::vector<std::string> vary;
  std::string config_file, out;
  int seeds = 5, jobs = 0;
  bool overwrite = false, quiet = false;
};

// The paper's 50,000 steps, looked at often enough to see when 90% is passed.
RunConfig main_job() {
  RunConfig config;
  config.steps = 50'000;
  config.eval_every = 100;
  return config;
}

std::string stop_words;  // what stop() says

void stop(int) {
  [[maybe_unused]] auto n = write(STDERR_FILENO, stop_words.data(), stop_words.size());
  _exit(exit_stopped);
}

class GridLine {
 public:
  void operator()(const GridProgress& p) {
    const auto now = std::chrono::steady_clock::now();
    const double since = std::chrono::duration<double>(now - shown_).count();
    const bool last = p.runs_done == p.runs;
    if (!last && since < (interactive() ? 0.1 : 10)) return;
    shown_ = now;
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    const double rate = double(p.steps_done) / elapsed;
    const std::string line =
        std::to_string(p.runs_done) + " of " + std::to_string(p.runs) + " runs   " + count(rate) +
        " steps/s" + (last ? "" : "   ETA " + seconds(rate > 0 ? double(p.steps - p.steps_done) / rate : 0));
    if (interactive())
      line_.show(line, last);
    else
      std::cerr << line << std::endl;
  }

 private:
  StatusLine line_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now(), shown_ = start_;
};

// The command line that repeats this comparison.
std::string command_words(const CompareOptions& o) {
  std::string words = "norma compare";
  auto add = [&](const std::string& name, const std::string& value) {
    const bool plain =
        value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,=+-_/:") ==
        std::string::npos;
    words += " --" + name + " " + (plain && !value.empty() ? value : "'" + value + "'");
  };
  if (!o.config_file.empty()) add("config", o.config_file);
  for (const std::string& v : o.vary) add("vary", v);
  for (const auto& [name, value] : o.given) add(name, value);
  if (o.seeds != 5) add("seeds", std::to_string(o.seeds));
  return words;
}

// Error if an option was given whose value no run would have, as another is varied in its place; also if the
// configuration brings a normalizer that the usual grid leaves out.
void refuse_overridden(const Given& given, const RunConfig& base, const std::vector<Factor>& factors,
                       bool usual) {
  for (const Factor& f : factors) {
    check(!given.count(f.name), "--", f.name, ": has no effect here, ", f.name, " is varied",
          usual ? " (norm=none,batch where no --vary is given)" : "", "; give its values to --vary");
    check(f.name != "epochs" || !given.count("steps"), "--steps: has no effect here, epochs is varied");
    check(f.name != "steps" || !given.count("epochs"), "--epochs: has no effect here, steps is varied");
  }
  check(!usual || base.norm == "none" || base.norm == "batch", "--config: norm ", base.norm,
        " given, but without --vary none and batch are compared; give --vary norm=none,", base.norm);
}

int compare(const CompareOptions& o) {
  RunConfig base = make_config(main_job(), o.config_file, o.given);
  base.threads = 1;
  const bool usual = o.vary.empty();
  std::vector<Factor> factors;
  for (const std::string& text : usual ? std::vector<std::string>{"norm=none,batch"} : o.vary)
    factors.push_back(parse_factor(text));
  refuse_overridden(o.given, base, factors, usual);
  {
    std::vector<RunConfig> configs;
    for (const auto& [values, config] : combinations(base, factors)) configs.push_back(config);
    refuse_unused(o.given, configs);
    for (const Factor& f : factors) {
      const bool used = std::any_of(configs.begin(), configs.end(), [&](const RunConfig& c) {
        return missing_requirement(c, f.name).empty();
      });
      check(used, "--vary: ", f.name, " has no effect here, it needs ",
            used ? "" : missing_requirement(configs[0], f.name));
    }
    for (const RunConfig& config : configs) validate(config);
  }
  const DataPair data = open_data(base);
  Comparison comparison = make_comparison(base, factors, o.seeds, data);
  const int runs = int(comparison.arms.size()) * o.seeds,
            jobs = std::min(runs, o.jobs ? o.jobs : processors());
  check_memory(jobs);
  const int workers = available_threads(jobs);
  ResultsFolder results(o.out, "compare", o.overwrite);
  const std::filesystem::path& folder = results.path();
  const RunConfig& first = comparison.arms[0].configs[0];
  if (!o.quiet) {
    std::string words = "Base: " + network_words(base, data.train) + "; " + optimizer_words(base) + "; " +
                        count(double(first.steps)) + " steps, a test every " +
                        count(double(first.eval_every)) + ".";
    std::cout << wrapped(words) << '\n';
    words = std::to_string(comparison.arms.size()) + " arms × " + std::to_string(o.seeds) +
            " seeds = " + std::to_string(runs) + " runs, " + std::to_string(workers) + " at a time; varied:";
    for (const Factor& f : factors) {
      words += (&f == &factors[0] ? " " : "; ") + f.name + " =";
      for (const std::string& v : f.values) words += (&v == &f.values[0] ? " " : ", ") + v;
    }
    std::cout << wrapped(words) << '\n';
    for (const Arm& arm : comparison.arms) {
      if (const std::string words = sample_words(arm.configs[0], data.train); !words.empty())
        std::cout << wrapped(arm.name + ": " + words) << '\n';
    }
  }
  std::cout << std::flush;
  const std::filesystem::path staging = results.staging(/*at_once=*/true);
  stop_words = staging == folder
                   ? "\nnorma: stopped; the runs that are finished are in " +
                         one_line((folder / "runs").string()) + ", but a comparison does not go on\n"
                   : "\nnorma: stopped; the results that were there are as they were\n";
  on_stop(stop);
  GridLine line;
  run_comparison(comparison, data, workers, staging,
                 o.quiet ? std::function<void(const GridProgress&)>() : std::ref(line));
  write_report(comparison, results.staging(), command_words(o));
  results.publish();

  std::cout << "\nMean ± 95% interval over " << o.seeds << (o.seeds == 1 ? " seed:\n\n" : " seeds:\n\n")
            << outcome_table(comparison).text(2) << '\n'
            << steps_table(comparison).text(2);
  if (comparison.arms.size() == 2 && o.seeds > 1) std::cout << '\n' << paired_table(comparison).text(2);
  std::cout << '\n' << wrapped(finding(comparison)) << "\n\n" << seconds(comparison.seconds) << ". ";
  if (std::filesystem::exists(folder / "training-loss.svg") ||
      std::filesystem::exists(folder / "heat-map.svg")) {
    std::cout << "Figures and all numbers: ";
  } else {
    const char* named = std::getenv("NORMA_GNUPLOT");
    std::cout << "No figures, for want of "
              << (named ? "$NORMA_GNUPLOT = '" + one_line(named) + "'"
                        : "gnuplot (Debian: apt-get install gnuplot-nox)")
              << ". All numbers: ";
  }
  std::cout << (folder / "report.html").string() << '\n';
  return exit_ok;
}

}  // namespace

Command compare_command() {
  auto o = std::make_shared<CompareOptions>();
  return {
      .name = "compare",
      .help =
          "Train a network in several ways and compare them; without options: BN against none, five seeds",
      .options =
          {{"vary", "OPTION=...",
            "OPTION=VALUE,VALUE,... (layers=A;B): an option to vary; several make a grid [norm=none,batch]",
            [o](const std::string& v) { o->vary.push_back(v); }, true},
           {"seeds", "N", "runs of each arm, with seeds seed, seed + 1, … [5]",
            set_whole("seeds", o->seeds, 1, 10'000)},
           {"jobs", "N", "runs at a time; 0: as many as there are processors [0]",
            set_whole("jobs", o->jobs, 0, 1024)},
           {"config", "FILE", "options from this file; those on the command line come after",
            set_text(o->config_file)},
           {"out", "DIR", "folder for the results [runs/NNN-compare]", set_text(o->out)},
           {"overwrite", "", "replace results that are in --out already, once the new ones are complete",
            set_flag(o->overwrite)},
           {"quiet", "", "no progress line", set_flag(o->quiet)}},
      .run = [o] { return compare(*o); },
      .example = "norma compare --vary norm=none,batch --vary lr=0.1,1 --steps 5000",
      .given = &o->given,
      .defaults = main_job(),
      .without = {"threads"}};
}

}}  // namespace norma
