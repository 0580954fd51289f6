// norma compare: a grid of runs side by side, and what it
// says. Without options: BN against no BN on the paper's net.
#include <algorithm>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/compare/comparison.h"
#include "apps/compare/describe.h"
#include "apps/compare/finished_runs.h"
#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "apps/run/agreement.h"
#include "apps/run/processes.h"
#include "apps/run/results_folder.h"
#include "apps/run/threads.h"
#include "core/parallel.h"
#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr int usual_seeds = 5;

struct CompareOptions {
  Given given;
  std::vector<std::string> runs, vary, arms, merge;
  std::string config_file, out, shard;
  int seeds = 0, jobs = -1;  // not given
  bool overwrite = false, quiet = false;
};

// The paper's 50,000 steps, looked at often enough to see when 90% is passed.
RunConfig main_job() {
  RunConfig config;
  config.steps = 50'000;
  config.eval_every = 100;
  return config;
}

// The command line that repeats this comparison.
std::string command_words(const CompareOptions& o) {
  std::string words = "norma compare";
  auto quoted = [](const std::string& value) {
    const bool plain =
        value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,=+-_/:") ==
        std::string::npos;
    return plain && !value.empty() ? value : "'" + replaced(value, "'", "'\\''") + "'";
  };
  auto add = [&](const std::string& name, const std::string& value) {
    words += " --" + name + " " + quoted(value);
  };
  for (const std::string& run : o.runs) words += " " + quoted(run);
  if (!o.config_file.empty()) add("config", o.config_file);
  for (const std::string& v : o.vary) add("vary", v);
  for (const std::string& arm : o.arms) add("arm", arm);
  for (const auto& [name, value] : o.given) add(name, value);
  if (o.seeds > 0 && o.seeds != usual_seeds) add("seeds", std::to_string(o.seeds));
  return words;
}

// Error if an option was given whose value no run would have, as another is varied in its place; also if the
// configuration brings a normalizer that the usual grid leaves out.
void refuse_overridden(const CompareOptions& o, const RunConfig& base, const std::vector<Factor>& factors) {
  const Given& given = o.given;
  const bool usual = o.vary.empty() && o.arms.empty();
  for (const Factor& f : factors) {
    check(o.arms.empty() || !given.count(f.name), "--", f.name,
          ": is given by --arm; give it in every --arm");
    check(!given.count(f.name), "--", f.name, ": has no effect here, ", f.name, " is varied",
          usual ? " (norm=none,batch if no --vary is given)" : "", "; give its values to --vary");
    check(f.name != "epochs" || !given.count("steps"), "--steps: has no effect here, epochs is varied");
    check(f.name != "steps" || !given.count("epochs"), "--epochs: has no effect here, steps is varied");
  }
  check(!usual || base.norm == "none" || base.norm == "batch",
        "--config: expected norm none or batch, which are compared without --vary, got ", base.norm,
        "; use --vary norm=none,", base.norm);
}

// Error if an option that was given, or is varied, has no effect in any arm, or if an arm cannot be run.
void refuse_useless(const Given& given, const Variants& variants) {
  std::vector<RunConfig> configs;
  for (const Variant& arm : variants.arms) configs.push_back(arm.config);
  refuse_unused(given, configs);
  for (const Factor& f : variants.factors) {
    const bool used = std::any_of(configs.begin(), configs.end(),
                                  [&](const RunConfig& c) { return missing_requirement(c, f.name).empty(); });
    check(used, "--vary: ", f.name, " has no effect here, it needs ",
          used ? "" : missing_requirement(configs[0], f.name));
  }
  for (const RunConfig& config : configs) validate(config);
}

// "norm = none, batch; lr = 0.1, 1", or the arms by their names if they are no grid.
std::string varied_words(const Comparison& c) {
  std::string words;
  for (const Factor& f : c.factors) {
    if (!c.grid) break;
    words += (words.empty() ? "" : "; ") + f.name + " = ";
    const char* between = f.name == "layers" ? " | " : ", ";  // values with commas
    for (const std::string& value : f.values) words += (&value == &f.values[0] ? "" : between) + value;
  }
  for (const Arm& arm : c.arms)
    if (!c.grid) words += (words.empty() ? "" : " | ") + arm.name;
  return words;
}

void say_what_is_compared(const Comparison& c, const Dataset& train, int workers) {
  const RunConfig& first = c.arms[0].configs[0];
  std::cout << wrapped("Base: " + network_words(c.base, train) + "; " + optimizer_words(c.base) + "; " +
                       count(double(first.steps)) + " steps, a " + judging_set(c) + " every " +
                       count(double(first.eval_every)) + ".")
            << '\n';
  const int processes = Processes::all().size();
  std::string words = text_of(c.arms.size(), " arms × ", c.seeds.size(),
                              " seeds = ", c.arms.size() * c.seeds.size(), " runs, ", workers, " at a time",
                              processes == 1 ? "" : text_of(" in each of ", processes, " processes"),
                              "; varied: ", varied_words(c));
  std::cout << wrapped(words) << '\n';
  const std::string samples = sample_words(first, train);
  const bool same = std::ranges::all_of(
      c.arms, [&](const Arm& arm) { return sample_words(arm.configs[0], train) == samples; });
  if (same && !samples.empty()) std::cout << wrapped(samples) << '\n';
  for (const Arm& arm : c.arms) {
    if (same) break;
    if (const std::string words = sample_words(arm.configs[0], train); !words.empty())
      std::cout << wrapped(arm.name + ": " + words) << '\n';
  }
}

void say_tables(const Comparison& c) {
  std::cout << "\n" << end_words(c) << ", " << over_seeds(c) << ":\n\n" << outcome_table(c).text(2) << '\n';
  if (!c.failed.empty()) {
    std::cout << failure_table(c).text(2);
    return;
  }
  std::cout << steps_table(c).text(2);
  if (c.seeds.size() > 1 && !paired_arms(c).empty()) std::cout << '\n' << paired_table(c).text(2);
}

void say_finding(const Comparison& c, const std::filesystem::path& folder) {
  std::cout << '\n' << wrapped(finding(c)) << "\n\n" << seconds(c.seconds) << ". ";
  const bool figures = std::filesystem::exists(folder / (std::string(judging_set(c)) + "-accuracy.csv")) ||
                       std::filesystem::exists(folder / "heat-map.csv");  // not of many arms by three factors
  std::cout << (figures ? figures_words() : "All numbers: ") << (folder / "report.html").string() << '\n';
}

// Error if an option was given that is for training.
void refuse_training(const CompareOptions& o) {
  std::vector<std::string> names;
  for (const auto& entry : o.given) names.push_back(entry.first);
  auto add = [&](bool given, const char* name) {
    if (given) names.push_back(name);
  };
  add(!o.vary.empty(), "vary"), add(!o.arms.empty(), "arm"), add(!o.merge.empty(), "merge");
  add(!o.shard.empty(), "shard"), add(!o.config_file.empty(), "config");
  add(o.seeds > 0, "seeds"), add(o.jobs >= 0, "jobs");
  check(names.empty(), "--", names.empty() ? "" : names[0],
        ": has no effect here, finished runs are compared and nothing is trained");
}

// Error if new results in `out` would take the place of a run, or stand among the files of one.
void check_apart(const std::string& out, const std::vector<std::filesystem::path>& runs) {
  for (const auto& run : runs) {
    const auto from_out = std::filesystem::weakly_canonical(run).lexically_relative(
        std::filesystem::weakly_canonical(std::filesystem::absolute(out)));
    check(out.empty() || from_out.empty() || *from_out.begin() == "..", "--out ", out,
          ": expected another folder, it holds the run ", run.string());
  }
}

int compare_runs(const CompareOptions& o) {
  refuse_training(o);
  check(Processes::all().size() == 1, "compare: expected one process to compare finished runs, got ",
        Processes::all().size());
  const FinishedRuns found = compare_finished(o.runs);
  for (const std::string& line : found.refused) std::cerr << "norma: " << one_line(line) << '\n';
  check(found.refused.empty(), "compare: ", found.refused.size(), " of ", found.folders.size(),
        " runs cannot be compared");
  for (const std::string& line : found.left_out) std::cerr << "norma: " << one_line(line) << '\n';
  check_apart(o.out, found.folders);
  const Comparison& c = found.comparison;
  std::size_t runs = 0;
  for (const Arm& arm : c.arms) runs += arm.runs.size();
  if (!o.quiet)
    std::cout << c.data << '\n'
              << wrapped(text_of(runs, " finished runs in ", c.arms.size(), " arms: ", varied_words(c)))
              << '\n';
  ResultsFolder results(o.out, "compare", o.overwrite);
  write_report(c, results.staging(), command_words(o));
  results.publish();
  say_tables(c);
  say_finding(c, results.path());
  return exit_ok;
}

// Where a comparison is made.
struct Site {
  std::unique_ptr<ResultsFolder>
      results;  // of several processes only the first has it; the others work for it
  std::filesystem::path staging;
};

Site make_site(const CompareOptions& o, const Comparison& comparison, const DataPair& data) {
  Site site;
  std::string told;
  if (Processes::all().rank() == 0) {
    site.results = std::make_unique<ResultsFolder>(o.out, "compare", o.overwrite);
    ResultsFolder& results = *site.results;
    site.staging = results.staging(/*at_once=*/true);
    if (const std::string other = other_unfinished(comparison, data, site.staging); !other.empty()) {
      check(site.staging != results.path(), "--out ", results.path().string(), ": ", other,
            "; give another folder, or --overwrite");
      site.staging = results.clean_staging();
    }
    for (const std::string& part : o.merge) take_share(comparison, data, part, site.staging);
    told = std::filesystem::absolute(site.staging).string();
  }
  told = told_by_first(told);
  if (!site.results) site.staging = told;
  return site;
}

Variants variants_of(const CompareOptions& o, const RunConfig& base) {
  check(o.vary.empty() || o.arms.empty(), "--arm: goes without --vary, whose values make a grid");
  std::vector<Factor> factors;
  for (const std::string& text : o.vary.empty() ? std::vector<std::string>{"norm=none,batch"} : o.vary)
    factors.push_back(parse_factor(text));
  const Variants variants = o.arms.empty() ? combinations(base, factors) : parse_arms(base, o.arms);
  refuse_overridden(o, base, variants.factors);
  refuse_useless(o.given, variants);
  return variants;
}

int compare(const CompareOptions& o) {
  if (!o.runs.empty()) return compare_runs(o);
  RunConfig base = make_config(main_job(), o.config_file, o.given);
  base.threads = 1;
  const Variants variants = variants_of(o, base);
  const DataPair data = open_data(base);
  Comparison comparison = make_comparison(base, variants, o.seeds > 0 ? o.seeds : usual_seeds, data);
  const int runs = int(comparison.arms.size() * comparison.seeds.size()),
            jobs = std::min(runs, o.jobs > 0 ? o.jobs : own_processors());
  check_memory(jobs);
  const int workers = available_threads(jobs);
  const Share share = o.shard.empty() ? Share() : parse_share(o.shard);
  check(o.shard.empty() || o.merge.empty(), "--shard: goes without --merge, which takes what it left");
  const Site site = make_site(o, comparison, data);
  if (!site.results) {
    on_stop_say("");
    run_comparison(comparison, data, workers, site.staging, {});
    return exit_ok;  // what failed, the first one says; another code would have mpirun end it
  }
  ResultsFolder& results = *site.results;
  const std::string folder = results.path().string();
  if (!o.quiet) say_what_is_compared(comparison, data.train, workers);
  std::cout << std::flush;
  const std::string again = "the same command" + (o.out.empty() ? " with --out " + one_line(folder) : "");
  on_stop_say("stopped; " +
              (site.staging == results.path()
                   ? "the runs that are finished are in " + one_line(folder) + "/runs"
                   : std::string("the results that were there are as they were")) +
              "; " + again + " continues where it stopped");
  GridLine line("steps");
  run_comparison(comparison, data, workers, site.staging,
                 o.quiet ? std::function<void(const GridProgress&)>() : std::ref(line), share);
  if (!comparison.failed.empty()) {
    if (share.whole()) say_tables(comparison);
    fail_runs(comparison.failed.size(), comparison.failed[0].reason, again + " tries again");
  }
  if (!share.whole()) {
    say_share(o.shard, folder);
    return exit_ok;
  }
  write_report(comparison, site.staging, command_words(o));
  results.publish();
  say_tables(comparison);
  say_finding(comparison, folder);
  return exit_ok;
}

}  // namespace

Command compare_command() {
  auto o = std::make_shared<CompareOptions>();
  return {
      .name = "compare",
      .help =
          "Train a network in several ways and compare them, or compare finished runs; without options: BN "
          "against none, five seeds",
      .options =
          {{.name = "run",
            .metavar = "RUN",
            .help = "finished runs to compare, by their folders or one above; nothing is trained then",
            .set = add_text(o->runs),
            .repeatable = true,
            .argument = true,
            .optional = true},
           {"vary", "OPTION=...",
            "OPTION=VALUE,VALUE,... (layers=A;B): an option to vary; several make a grid [norm=none,batch]",
            add_text(o->vary), true},
           {"arm", "\"OPTION=...\"",
            "\"OPTION=VALUE OPTION='VALUE WITH BLANKS' ...\": an arm that differs in several options; once for "
            "each, in place of --vary",
            add_text(o->arms), true},
           {"seeds", "N", "runs of each arm, with seeds seed, seed + 1, … [5]",
            set_whole("seeds", o->seeds, 1, 10'000)},
           {"jobs", "N", "runs at a time; 0: as many as there are processors [0]",
            set_whole("jobs", o->jobs, 0, 1024)},
           {"shard", "I/N", "run every N-th run from the I-th on, and no report: for N machines",
            set_text(o->shard)},
           {"merge", "DIR", "take the runs that --shard left in DIR; once for each share", add_text(o->merge),
            true},
           {"config", "FILE", "options from this file; those on the command line come after",
            set_text(o->config_file)},
           {"out", "DIR", "folder for the results [runs/NNN-compare]", set_text(o->out)},
           {"overwrite", "", "replace existing results in --out, once the new ones are complete",
            set_flag(o->overwrite)},
           {"quiet", "", "no progress line", set_flag(o->quiet)}},
      .run = [o] { return compare(*o); },
      .example = "norma compare --vary norm=none,batch --vary lr=0.1,1 --steps 5000",
      .given = &o->given,
      .defaults = main_job(),
      .without = {"threads"},
      .several = true};
}

}}  // namespace norma
