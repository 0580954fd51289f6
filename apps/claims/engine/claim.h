// A claim: a sentence of a paper, the grid of runs that puts it to the test, what is measured, and the rule
// by which the numbers decide, written down before the run. One file each in this folder; list.cpp names them
// all.
#pragma once

#include <algorithm>
#include <string_view>
#include <variant>

#include "apps/grid/store.h"
#include "apps/report/figure.h"
#include "apps/report/numbers.h"
#include "apps/report/statistics.h"
#include "apps/report/table.h"
#include "apps/run/trainer.h"

namespace norma { inline namespace NORMA_BUILD {

/// Seeds below this were used to try things out while claims were designed; verdicts come from it and up.
inline constexpr std::uint64_t first_judging_seed = 1001;

/// How much work a claim is given.
struct Plan {
  int seeds = 0;  // runs of each arm; 0: as many as it takes to decide, see looks()
  std::uint64_t first_seed = first_judging_seed;
  double work = 1;  // share of the steps: 1, or less for a quick look

  /// The numbers of seeds at which a part may be decided. Each look has its share of the 5% that a wrong
  /// decision may have by chance: intervals of 1 − 0.05/looks (Bonferroni).
  std::vector<int> looks() const { return seeds ? std::vector{seeds} : std::vector{5, 10, 20, 40}; }
  double confidence() const { return 1 - 0.05 / static_cast<double>(looks().size()); }

  /// The share of `full` steps (samples, grid points …), at least `least`.
  Index of(Index full, Index least = 1) const {
    return std::max(least, static_cast<Index>(std::llround(double(full) * work)));
  }
};

/// A tenth of the work: fewer seeds, each for fewer steps.
inline constexpr Plan quick_plan = {.seeds = 3, .work = 1.0 / 6};

/// The data of all claims.
struct ClaimData {
  const DataPair& full;
  const DataPair& brief;  // the same training set, and the first 2,000 test images: for questions such as
                          // "does it train at all?", where a test of 10,000 would cost more than the training
  const DataPair& tuning;  // of the training set alone: its last sixth is the test set, to choose rates by
};

/// One arm of a claim's grid. It is run once with each seed; the arms of one seed are compared with each
/// other.
struct Cell {
  std::string arm;       // "norm=batch, lr=0.1": unique in its claim
  std::string settings;  // all that the outcome depends on, besides data, seed and program
  double seconds;        // about how long one seed takes, for the progress line
  std::function<Outcome(const ClaimData&, std::uint64_t seed)> work;
  std::string cache_key = {};  // claims that run the same cells name one, and share them; "": the claim's own
};

struct SeedResults;

/// All outcomes of a claim's grid.
class Results {
 public:
  explicit Results(std::vector<std::uint64_t> seeds) : seeds_(std::move(seeds)) {}
  void put(const std::string& arm, std::uint64_t seed, Outcome outcome) {
    outcomes_[{arm, seed}] = std::move(outcome);
  }

  /// Error if there is none.
  const Outcome& at(const std::string& arm, std::uint64_t seed) const;
  /// Whether there is such an arm: a quick look may leave some out.
  bool has(const std::string& arm) const {
    return !seeds_.empty() && outcomes_.contains({arm, seeds_.front()});
  }
  const std::vector<std::uint64_t>& seeds() const { return seeds_; }
  /// In the order of their names.
  std::vector<std::string> arms() const {
    std::vector<std::string> names;
    for (const auto& entry : outcomes_) {
      if (names.empty() || names.back() != entry.first.first) names.push_back(entry.first.first);
    }
    return names;
  }
  /// What was known when there were only the first n seeds.
  Results first(std::size_t n) const {
    Results some = *this;
    some.seeds_.resize(std::min(n, seeds_.size()));
    return some;
  }
  void add_seed(std::uint64_t seed) { seeds_.push_back(seed); }

  std::vector<std::string> failures;  // a line for each cell that has no outcome, because it failed

  /// f(outcome) of every seed, in their order.
  template <class F>
  std::vector<double> each(const std::string& arm, const F& f) const {
    std::vector<double> values;
    for (std::uint64_t seed : seeds_) values.push_back(f(at(arm, seed)));
    return values;
  }
  /// f(SeedResults) of every seed.
  std::vector<double> each(const std::function<double(const SeedResults&)>& f) const;

 private:
  std::vector<std::uint64_t> seeds_;
  std::map<std::pair<std::string, std::uint64_t>, Outcome> outcomes_;
};

/// The outcomes of one seed: seed["norm=batch"].
struct SeedResults {
  const Results& all;
  std::uint64_t seed;
  const Outcome& operator[](const std::string& arm) const { return all.at(arm, seed); }
};

enum class Unit {
  points,  // fractions, shown as points of percent: 0.012 is +1.20
  times,   // ratios > 0, averaged as logarithms: 26×
  share,   // fractions, shown as percent: 0.97 is 97%
  plain,   // anything else, with Rule::noun after it
};

/// The rule of a verdict: the effect that the claim promises, and how large it has to be. Let [low, high] be
/// the interval (Student's t over the seeds, each seed's effect a difference or ratio of arms that share
/// weights and batches). reproduced: all of it satisfies the bound; refuted: none of it does; inconclusive:
/// the bound lies inside.
struct Rule {
  std::string effect;  // "steps to 90%, none against batch"
  enum Sense { at_least, at_most } sense = at_least;
  double bound = 0;
  Unit unit = Unit::plain;
  std::string noun = {};  // of Unit::plain: "decades"
  std::string why;        // why this bound
  std::string runs = {};  // whose end may be all that is known, see Measured: "runs without BN"
};

/// What a part comes to for one seed: a value, NaN if it could not be measured, or no more than a bound of
/// it. A run that never arrives at a level counts as arriving at its end; a ratio with it is a bound.
struct Measured {
  enum Kind { exact, at_least, at_most } kind;
  double value;
  Measured(double v, Kind k = exact) : kind(k), value(v) {}  // NOLINT(google-explicit-constructor)
};

/// A rule and what it is held against: one value per seed.
struct Part {
  Rule rule;
  std::function<Measured(const SeedResults&)> value;
};
Rule at_least(double bound, Unit unit = Unit::plain, const std::string& noun = {});
Rule at_most(double bound, Unit unit = Unit::plain, const std::string& noun = {});
Part part(const std::string& effect, Rule wanted, const std::string& why,
          const std::function<Measured(const SeedResults&)>& value, const std::string& runs = {});

/// Something to look at.
struct Exhibit {
  std::string name;  // of its files: letters, digits and '-'
  std::string caption;
  std::variant<Figure, HeatMap, Table> what;
  enum class Place {
    beside,
    below,
    front
  };  // a figure's: below the one before it, or at the top of the page
  Place place = Place::beside;
};

struct Claim {
  std::string name;      // "learning-rate"
  std::string sentence;  // what is claimed, in one sentence
  std::string source;    // "Ioffe & Szegedy 2015, §4.2"
  std::string paper;     // the paper's own figure or number, to stand beside ours
  std::string scope;     // data, depth, steps and batch, here and in the paper
  std::string asked;     // what is run and why it was chosen so: a paragraph or two
  std::vector<Part> parts;
  std::function<std::vector<Cell>(const Plan&)> grid;
  /// Of a claim whose runs depend on what suits a network best: runs with seeds of their own, that end before
  /// the others begin, judged by ClaimData::tuning. Then `grid` is empty and tuned_grid gives the others.
  std::function<std::vector<Cell>(const Plan&)> tuning = {};
  std::function<std::vector<Cell>(const Plan&, const Results& tuned)> tuned_grid = {};
  std::function<std::vector<Exhibit>(const Results&)> show;
  std::function<std::string(const Results&)> seen;  // what one sees in the figures, with their numbers
  std::string caveat;                               // what the verdict does not say
};

/// `scope` or `asked` as it was for this plan: "{2,000}" becomes the steps (samples …) that the plan makes of
/// 2,000, and "{data}" the name of the data.
std::string filled(std::string_view text, const Plan& plan, const std::string& data);

/// All claims, in the order of the report.
const std::vector<Claim>& all_claims();

// Verdicts (claims/verdict.cpp)

enum class Verdict { reproduced, in_part, refuted, inconclusive };
const char* word(Verdict verdict);  // "in part"

/// What a part came to. For Unit::times `mean` is the geometric mean.
struct JudgedPart {
  Rule rule;
  std::vector<Measured> values;  // one per seed, of the seeds by which it was decided
  double mean, low, high;        // low and high: NaN if unknown
  Verdict verdict;               // never in_part
  std::string ours() const;  // "26.1× (21.9 to 31.2)"; "at least 10.1×: none of 5 runs without BN arrived"
  std::string wanted() const;  // "at least 2×"
  /// Of an inconclusive part: "about 90 seeds would decide it", if their mean and spread stay; else "".
  std::string would_decide() const;
};

/// A mean of bounds is a bound: what it cannot tell is inconclusive.
JudgedPart judge(const Rule& rule, const std::vector<Measured>& values, double confidence = 0.95);

/// A claim's verdict by those of its parts. reproduced: all are; in part: some are reproduced and some
/// refuted; refuted: some are and none is reproduced; inconclusive: otherwise.
struct Judgement {
  std::vector<JudgedPart> parts;
  Verdict verdict;
  bool decided() const;  // no part is inconclusive
};
Verdict verdict_of(const std::vector<JudgedPart>& parts);

/// Every part by the first of the plan's looks at which it is decided, else by the last that there are seeds
/// for.
Judgement judge(const Claim& claim, const Results& results, const Plan& plan);

// What most claims run: a training (claims/training.cpp)

struct Training {
  enum Test { full, brief, tuning } test = full;  // which of ClaimData
  double seconds = 0;                             // 0: guessed from the steps
  std::string more = {};                          // what `observe` depends on, for Cell::settings
  /// Called at every StepEvent; writes what it sees into the outcome.
  std::function<void(const StepEvent&, const DataPair&, Outcome&)> observe = {};
  /// RunHooks::gradients
  std::function<void(const StepEvent&)> gradients = {};
};

/// A cell that trains `config` with each seed. Its outcome: "step", "train_loss", "test_loss",
/// "test_accuracy" (one value per evaluation), "steps" (configured), "chance" (1/classes), and, if it
/// diverged, "diverged_at".
Cell training(const std::string& arm, const RunConfig& config, const Training& how = {});

/// The cells that make(a, b, …) gives, one or several, for every combination of the lists' values, the last
/// varying fastest.
template <class Make, class First, class... Rest>
std::vector<Cell> grid(const Make& make, const First& first, const Rest&... rest) {
  std::vector<Cell> all;
  for (const auto& value : first) {
    auto more = [&](const auto&... others) {
      if constexpr (sizeof...(Rest) > 0)
        return grid([&](const auto&... last) { return make(value, last...); }, others...);
      else
        return make(value);
    };
    const auto made = more(rest...);
    if constexpr (std::is_same_v<decltype(made), const Cell>)
      all.push_back(made);
    else
      all.insert(all.end(), made.begin(), made.end());
  }
  return all;
}

/// The row; Error if it is not there.
const std::vector<double>& row(const Outcome& outcome, std::string_view name);
/// Its last value; NaN if it is empty.
double last(const Outcome& outcome, std::string_view name);
bool diverged(const Outcome& training);
/// Test accuracy at the end; a diverged run counts as chance.
double accuracy(const Outcome& training);
/// Its mean over the seeds.
Interval mean_accuracy(const Results& results, const std::string& arm);
/// arm(value) of each value.
template <class Values, class F>
std::vector<std::string> arms_of(const Values& values, const F& arm) {
  std::vector<std::string> arms;
  for (const auto& value : values) arms.push_back(arm(value));
  return arms;
}
/// What an arm's name ends with: "0.1" of "norm=batch, lr=0.1".
inline std::string last_value(const std::string& arm) { return arm.substr(arm.rfind('=') + 1); }
/// The arm with the highest mean accuracy over all seeds; of equals the first. If a rate is tuned, it is
/// tuned like this in every arm. Arms that were left out do not count; Error if all were.
std::string best_arm(const Results& results, const std::vector<std::string>& arms);
/// Their mean over the seeds; NaN if every seed diverged.
double mean_accuracy_or_nan(const Results& results, const std::string& arm);
/// First evaluated step with at least this test accuracy; infinite if there is none.
double steps_to(const Outcome& training, double level);
/// The same, but a run that never got there counts as having got there at its end: an effect in its disfavour
/// is then smaller than the true one.
double steps_to_or_end(const Outcome& training, double level);
/// steps_to_or_end of `slow` over that of `fast`: a bound if one of them never got there, NaN if neither did.
Measured speedup(const Outcome& slow, const Outcome& fast, double level);

// Pictures and words

/// Test accuracy, 0% to 100%, against x on a logarithmic axis; no series yet.
inline Figure accuracy_figure(const std::string& x_label) {
  return {.x_label = x_label,
          .y_label = "test accuracy",
          .log_x = true,
          .y_min = 0,
          .y_max = 1,
          .percent_y = true};
}
/// Test accuracy from chance among ten classes to 100%; no rows and columns yet.
inline HeatMap accuracy_map(const std::string& x_label) {
  return {.x_label = x_label,
          .value_label = "test accuracy",
          .value_min = 0.1,
          .value_max = 1,
          .percent_value = true};
}

/// Points (x[i], y of arms[i]): f of every seed, whose mean has a gap if one has no value.
template <class F>
Series points_of(const Results& results, const std::vector<std::string>& arms, const std::vector<double>& x,
                 const std::string& label, int colour, const F& f, bool dashed = false) {
  Series series{.label = label, .colour = colour, .dashed = dashed};
  for (std::size_t i = 0; i < arms.size(); ++i) {
    std::vector<double> values = results.each(arms[i], f);
    for (double& v : values) v = std::isnan(v) ? HUGE_VAL : v;
    series.add(x[i], values);
  }
  return series;
}

/// Row `y` against row `x`, over the seeds that have a value there. The rows of x are those of the longest
/// outcome. `one_less`: 1 − y.
Series curve(const Results& results, const std::string& arm, const std::string& label, const std::string& x,
             const std::string& y, int colour, bool dashed = false, bool one_less = false);

/// Test error over the steps of a training: 1 less its accuracy.
inline Series error_curve(const Results& results, const std::string& arm, const std::string& label,
                          int colour, bool dashed = false) {
  return curve(results, arm, label, "step", "test_accuracy", colour, dashed, true);
}

}}  // namespace norma
