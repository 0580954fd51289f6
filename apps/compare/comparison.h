// A comparison: a grid of runs, factors × seeds, and what it says.
#pragma once

#include "apps/grid/grid.h"
#include "apps/report/statistics.h"
#include "apps/report/table.h"
#include "apps/run/trainer.h"

namespace norma { inline namespace NORMA_BUILD {

/// An option with the values it takes: {"norm", {"none", "batch"}}.
struct Factor {
  std::string name;
  std::vector<std::string> values;
};

/// A value as readers call it: "with BN" if there are only networks with and without BN, else the value.
std::string value_words(const Factor& factor, const std::string& value);

/// "norm=none,batch" → Factor. Error that says what is expected.
Factor parse_factor(const std::string& text);

/// One combination of the factors' values, run with every seed.
struct Arm {
  std::string name;                 // as options: "norm=batch, lr=0.1"
  std::string words;                // for readers: "with BN, lr=0.1"
  std::string folder;               // what its runs' folders begin with; no other arm has the same
  std::vector<std::string> values;  // one per factor
  std::vector<RunConfig> configs;   // one per seed
  std::vector<RunResult> runs;      // one per seed, once run; those that failed are left out

  /// `value` of every run, in the order of the seeds; NaN for a diverged one.
  template <class F>
  std::vector<double> each(const F& value) const {
    std::vector<double> result;
    for (const RunResult& r : runs) result.push_back(r.diverged_at ? NAN : double(value(r)));
    return result;
  }
  std::vector<double> accuracies() const;   // final test accuracy
  std::vector<double> validations() const;  // accuracy on validation of the weights judged; or none
  std::vector<double> steps_to(double accuracy) const;  // infinite if it was never reached
  int diverged() const;
};

/// A run that came to no result, and why.
struct FailedRun {
  std::string name, reason;  // "norm=batch, seed 3"
};

struct Comparison {
  RunConfig base;
  std::vector<Factor> factors;
  std::vector<std::uint64_t> seeds;
  std::vector<Arm> arms;
  std::vector<FailedRun> failed;
  std::string data;  // what it ran on, for the report
  double seconds = 0;
};

/// Every combination of the factors' values, the last varying fastest, with `base` changed by it. Error if a
/// value is not allowed, or given twice.
std::vector<std::pair<std::vector<std::string>, RunConfig>> combinations(const RunConfig& base,
                                                                         const std::vector<Factor>& factors);

/// All arms of the grid, in the order of the factors, the last varying fastest, each with seeds base.seed,
/// base.seed + 1, … Error if a value is not allowed or the data do not fit.
Comparison make_comparison(const RunConfig& base, const std::vector<Factor>& factors, int seeds,
                           const DataPair& data);

/// What keeps `comparison` from continuing the unfinished one in `folder`: the first option that differs, or
/// another build or other data; "" if nothing does, or if there is none.
std::string other_unfinished(const Comparison& comparison, const DataPair& data,
                             const std::filesystem::path& folder);

/// Runs every run, or takes it from the unfinished comparison in the folder; `workers` at a time. With a
/// folder, each run leaves its own in folder/runs, and its outcome in outcomes_in(folder)
/// (apps/run/results_folder.h). Of a share that is not the whole only `failed` is filled in.
void run_comparison(Comparison& comparison, const DataPair& data, int workers,
                    const std::filesystem::path& folder,
                    const std::function<void(const GridProgress&)>& progress, const Share& share = {});

/// Puts the runs of a share of the comparison, left in `part`, into `folder`, to be found by run_comparison.
/// Error if it was another comparison, or none.
void take_share(const Comparison& comparison, const DataPair& data, const std::filesystem::path& part,
                const std::filesystem::path& folder);

/// "validation" if the comparison chooses by such sets, else "test".
inline const char* judging_set(const Comparison& c) { return judging_set(c.base); }

/// When the scores are taken: "At the end", and of which weights if there is validation.
std::string end_words(const Comparison& comparison);

/// How the tables give several runs: "mean ± 95% interval over 5 seeds"; of fewer than four their range.
std::string over_seeds(std::size_t seeds);

/// One line per arm: final accuracy on validation, if there is, and test accuracy and loss over the runs that
/// did not diverge, seconds of training, how many diverged.
Table outcome_table(const Comparison& comparison);

/// One line per arm: steps to 90, 95 and 97% accuracy on the set that judges; in how many runs, if not in
/// all.
Table steps_table(const Comparison& comparison);

/// For two arms, seed by seed: the differences with their intervals.
Table paired_table(const Comparison& comparison);

/// Of two arms that both reached 90% in every run: "26.1×", and in words of what; else two "".
std::pair<std::string, std::string> headline(const Comparison& comparison);

/// In a sentence or two, what was found. Says "not shown" if the interval holds 0.
std::string finding(const Comparison& comparison);

/// One line per run that failed.
Table failure_table(const Comparison& comparison);

/// All of it as JSON: settings, every run's summary, the arms' figures.
std::string comparison_json(const Comparison& comparison);

/// Draws the figures and writes comparison.json and report.html
/// into `folder`. `command` repeats the comparison.
void write_report(const Comparison& comparison, const std::filesystem::path& folder,
                  const std::string& command);

}}  // namespace norma
