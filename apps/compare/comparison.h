// A comparison: a grid of runs, factors × seeds, and what it says.
#pragma once

#include "apps/compare/variants.h"
#include "apps/grid/grid.h"
#include "apps/report/statistics.h"
#include "apps/report/table.h"
#include "apps/run/trainer.h"

namespace norma { inline namespace NORMA_BUILD {

/// One combination of the factors' values, run with every seed; finished runs may have each arm its own
/// seeds.
struct Arm {
  std::string name;                 // as options: "norm=batch, lr=0.1"
  std::string words;                // for readers: "with BN, lr=0.1"
  std::string folder;               // what its runs' folders begin with; no other arm has the same
  std::vector<std::string> values;  // one per factor; "" of one that has no effect
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
  bool grid = true;                  // the arms are all combinations of the factors' values
  bool afterwards = false;           // of runs that were finished before: nothing is trained
  std::vector<std::uint64_t> seeds;  // of any arm
  std::vector<Arm> arms;
  std::vector<FailedRun> failed;
  std::string data;  // what it ran on, for the report
  double seconds = 0;
};

/// All arms, in their order, each with seeds base.seed, base.seed + 1, … Error if the data do not fit.
Comparison make_comparison(const RunConfig& base, const Variants& variants, int seeds, const DataPair& data);

/// "MNIST: 60,000 training and 10,000 test images"
std::string data_words(const std::string& name, Index training, Index test);

/// What keeps `comparison` from continuing the unfinished one in `folder`: the first option that differs, or
/// another build or other data; "" if nothing does, or if there is none.
std::string other_unfinished(const Comparison& comparison, const DataPair& data,
                             const std::filesystem::path& folder);

/// Runs every run, or takes it from the unfinished comparison in the folder; `workers` at a time. With a
/// folder, each run leaves its own in folder/runs, and its outcome in outcomes_in(folder)
/// (apps/run/results_folder.h). Of a share that is not the whole only `failed` is filled in. Several
/// processes that were started together share the runs, and each comes to know all.
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

/// The two arms of a comparison with the runs whose seeds both have; none if there are more arms, or no such
/// seed.
std::vector<Arm> paired_arms(const Comparison& comparison);

/// How the tables give several runs: "mean ± 95% interval over 5 seeds"; of fewer than four their range.
std::string over_seeds(const Comparison& comparison);

/// One line per arm: final accuracy on validation, if there is, and test accuracy and loss over the runs that
/// did not diverge; parameters; time of training, of a run and of an image each time it is taken; how many
/// diverged.
Table outcome_table(const Comparison& comparison);

/// One line per arm: steps to 90, 95 and 97% accuracy on the set that judges; in how many runs, if not in
/// all.
Table steps_table(const Comparison& comparison);

/// For two arms, seed by seed: the differences with their intervals. Error unless there are paired_arms().
Table paired_table(const Comparison& comparison);

/// Of two arms that both reached 90% in every run: "26.1×", and in words of what; else two "".
std::pair<std::string, std::string> headline(const Comparison& comparison);

/// In a sentence or two, what was found. Says "not shown" if the interval holds 0.
std::string finding(const Comparison& comparison);

/// One line per run that failed.
Table failure_table(const Comparison& comparison);

/// All of it as JSON: the settings of the first run, every run's summary, the arms' figures.
std::string comparison_json(const Comparison& comparison);

/// Draws the figures and writes comparison.json and report.html
/// into `folder`. `command` repeats the comparison.
void write_report(const Comparison& comparison, const std::filesystem::path& folder,
                  const std::string& command);

}}  // namespace norma
