// What a comparison found, in tables and sentences.
#include <algorithm>
#include <cmath>
#include <set>

#include "apps/compare/comparison.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// "217 ± 31", "never"; "4 of 5 runs" if only some got there: their mean would say too little.
std::string steps_words(const std::vector<double>& steps) {
  const std::vector<double> reached = finite(steps);
  if (reached.empty()) return "never";
  if (reached.size() < steps.size())
    return std::to_string(reached.size()) + " of " + std::to_string(steps.size()) + " runs";
  const Interval i = mean_interval(reached);
  if (i.few() && i.least < i.most)
    return count(i.mean) + " (" + count(i.least) + " to " + count(i.most) + ")";
  return count(i.mean) + (i.known() && !i.few() ? " ± " + count(i.half) : "");
}

// Of ln(steps of a / steps of b), seed by seed.
Interval speedup(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> logs;
  for (std::size_t i = 0; i < a.size(); ++i) logs.push_back(std::log(a[i] / b[i]));
  return mean_interval(logs);
}

bool all_finite(const std::vector<double>& v) { return finite(v).size() == v.size(); }

std::string speed_sentence(const Arm& a, const Arm& b, const std::string& judging) {
  const auto sa = a.steps_to(0.9), sb = b.steps_to(0.9);
  const std::size_t na = finite(sa).size(), nb = finite(sb).size(), n = sa.size();
  if (na == 0 && nb == 0) return "Neither reached 90% " + judging + " accuracy.";
  auto k_of_n = [n](std::size_t k) {
    return std::to_string(k) + " of " + std::to_string(n) + (n == 1 ? " run" : " runs");
  };
  if (na < n || nb < n)
    return "Reached 90% " + judging + " accuracy: " + b.words + " in " + k_of_n(nb) + ", " + a.words +
           " in " + k_of_n(na) + ".";
  const bool b_first = speedup(sa, sb).mean >= 0;
  const Arm &fast = b_first ? b : a, &slow = b_first ? a : b;
  const auto sf = fast.steps_to(0.9), ss = slow.steps_to(0.9);
  const Interval s = speedup(ss, sf);
  const std::string means = fast.words + " " + count(mean_interval(sf).mean) + ", " + slow.words + " " +
                            count(mean_interval(ss).mean);
  if (n == 1) return "Steps to 90% " + judging + " accuracy: " + means + " (one run each: no interval).";
  if (!(s.shown_low() > 0))
    return "No difference in the steps to 90% " + judging + " accuracy is shown (" + means + ").";
  std::size_t sooner = 0;  // seeds in which it was first
  for (std::size_t i = 0; i < n; ++i) sooner += sf[i] < ss[i];
  const std::string seeds = sooner == n ? "in every seed" : text_of("in ", sooner, " of ", n, " seeds");
  auto times = [](double log) { return number(std::exp(log)); };
  const std::string interval = (s.few() ? "the seeds' range " : "95% interval ") + times(s.shown_low()) +
                               " to " + times(s.shown_high());
  return "Steps to 90% " + judging + " accuracy: " + means + "; fewer " + fast.words + " " + seeds +
         ", by a factor of " + times(s.mean) + (s.half > 0 ? " (" + interval + ")" : "") +
         ", the geometric mean over seeds.";
}

std::string accuracy_sentence(const Arm& a, const Arm& b) {
  const auto xa = a.accuracies(), xb = b.accuracies();
  if (!all_finite(xa) || !all_finite(xb)) {
    auto end_of = [](const Arm& arm) {
      const auto x = arm.accuracies();
      return all_finite(x)
                 ? " Test accuracy at the end, " + arm.words + ": " + percent(mean_interval(x)) + "."
                 : "";
    };
    auto runs = [](const Arm& arm) {
      return arm.words + " " + std::to_string(arm.diverged()) + " of " + std::to_string(arm.runs.size()) +
             " runs";
    };
    return "Diverged: " + runs(b) + ", " + runs(a) + "." + end_of(a) + end_of(b);
  }
  const Interval d = paired_difference(xb, xa);
  const std::string ends = "Test accuracy at the end: " + a.words + " " + percent(mean_interval(xa).mean) +
                           ", " + b.words + " " + percent(mean_interval(xb).mean);
  if (!d.known()) return ends + " (one run each: no interval).";
  const std::string difference = b.words + " less " + a.words + ": " + points(d);
  return ends +
         ((d.shown_low() > 0 || d.shown_high() < 0) ? "; " + difference
                                                    : "; no difference is shown (" + difference + ")") +
         ".";
}

}  // namespace

std::vector<double> Arm::accuracies() const {
  return each([](const RunResult& r) { return r.test_running.accuracy; });
}

std::vector<double> Arm::validations() const {
  return each([](const RunResult& r) {
    return r.config.validation > 0 && r.judged() ? r.judged()->score.accuracy : NAN;
  });
}

std::vector<double> Arm::steps_to(double accuracy) const {
  std::vector<double> result;
  for (const RunResult& r : runs) result.push_back(r.steps_to(accuracy));
  return result;
}

int Arm::diverged() const {
  return static_cast<int>(
      std::count_if(runs.begin(), runs.end(), [](const RunResult& r) { return r.diverged_at.has_value(); }));
}

std::string end_words(const Comparison& c) {
  std::size_t best = 0;
  for (const Arm& arm : c.arms) best += arm.configs[0].early_stop > 0;
  return std::string("At the end") + (c.base.validation == 0  ? ""
                                      : best == 0             ? " with the last weights"
                                      : best == c.arms.size() ? " with the weights of the best validation"
                                                              : " with the weights of the best validation, "
                                                                "without early stop with the last");
}

std::vector<Arm> paired_arms(const Comparison& c) {
  if (c.arms.size() != 2) return {};
  std::vector<Arm> both = c.arms;
  for (std::size_t a = 0; a < 2; ++a) {
    std::set<std::uint64_t> others;
    for (const RunResult& r : c.arms[1 - a].runs) others.insert(r.config.seed);
    std::erase_if(both[a].runs, [&](const RunResult& r) { return !others.contains(r.config.seed); });
  }
  return both[0].runs.empty() ? std::vector<Arm>() : both;
}

std::string over_seeds(const Comparison& c) {
  const auto [least, most] =
      std::ranges::minmax(c.arms, {}, [](const Arm& arm) { return arm.configs.size(); });
  const std::size_t few = least.configs.size(), seeds = most.configs.size();
  if (few < seeds)
    return text_of("mean ± 95% interval, of two or three seeds least to most, over ", few, " to ", seeds,
                   " seeds");
  return seeds == 1  ? "one seed"
         : seeds < 4 ? "mean (least to most) over " + std::to_string(seeds) + " seeds"
                     : "mean ± 95% interval over " + std::to_string(seeds) + " seeds";
}

Table outcome_table(const Comparison& c) {
  std::vector<std::string> header = {"",           "test accuracy", "test loss", "parameters",
                                     "time a run", "an image",      "diverged"};
  const bool validates = c.base.validation > 0;
  if (validates) header.insert(header.begin() + 1, "validation accuracy");
  Table table(header);
  for (std::size_t column = 1; column < header.size(); ++column) table.align(column, Align::right);
  for (const Arm& arm : c.arms) {
    const std::size_t n = arm.runs.size(), left = n - arm.diverged();
    const std::string of_how_many =
        left == n ? "" : " (" + std::to_string(left) + " of " + std::to_string(n) + ")";
    const auto losses = arm.each([](const RunResult& r) { return r.test_running.loss; });
    const auto times = arm.each([](const RunResult& r) { return r.train_seconds; });
    const auto image_times = arm.each(
        [](const RunResult& r) { return r.train_seconds / double(r.steps) / double(r.config.batch_size); });
    std::vector<std::string> cells = {arm.words};
    if (validates) cells.push_back(percent(mean_interval(finite(arm.validations()))) + of_how_many);
    cells.insert(
        cells.end(),
        {percent(mean_interval(finite(arm.accuracies()))) + of_how_many,
         number(mean_interval(finite(losses))), n ? count(double(arm.runs[0].parameters)) : "–",
         seconds(mean_interval(finite(times)).mean), seconds(mean_interval(finite(image_times)).mean),
         std::to_string(arm.diverged()) + " of " + std::to_string(n)});
    table.row(cells);
  }
  return table;
}

Table failure_table(const Comparison& c) {
  Table table({"run", "outcome"});
  table.align(1, Align::left);
  for (const FailedRun& run : c.failed) table.row({run.name, "failed: " + run.reason});
  return table;
}

Table steps_table(const Comparison& c) {
  Table table({std::string("steps to a ") + judging_set(c) + " accuracy of", "90%", "95%", "97%"});
  for (std::size_t column = 1; column < 4; ++column) table.align(column, Align::right);
  for (const Arm& arm : c.arms) {
    auto steps = [&](double accuracy) { return steps_words(arm.steps_to(accuracy)); };
    table.row({arm.words, steps(0.90), steps(0.95), steps(0.97)});
  }
  return table;
}

Table paired_table(const Comparison& c) {
  const std::vector<Arm> arms = paired_arms(c);
  check(arms.size() == 2, "paired_table: expected two arms with a seed of both, got ", c.arms.size(),
        " arms");
  const Arm &a = arms[0], &b = arms[1];
  const std::size_t seeds = a.runs.size();
  const bool few = seeds < 4;
  const std::string of = seeds < c.seeds.size() ? text_of(", of ", seeds, " seeds that both have") : "";
  Table table({b.words + " against " + a.words + of, "mean", few ? "of the seeds" : "95% interval"});
  table.align(1, Align::right).align(2, Align::right);
  auto row = [&](const std::string& name, const Interval& i, auto&& words) {
    table.row({name, words(i.mean), i.known() ? words(i.shown_low()) + " to " + words(i.shown_high()) : "–"});
  };
  auto as_points = [](double x) { return signed_number(100 * x); };
  if (c.base.validation > 0)
    row("validation accuracy, difference in points", paired_difference(b.validations(), a.validations()),
        as_points);
  row("test accuracy, difference in points", paired_difference(b.accuracies(), a.accuracies()), as_points);
  auto loss = [](const RunResult& r) { return r.test_running.loss; };
  row("test loss, difference", paired_difference(b.each(loss), a.each(loss)),
      [](double x) { return signed_number(x); });
  for (int level : {90, 95, 97}) {
    const auto sa = a.steps_to(level / 100.0), sb = b.steps_to(level / 100.0);
    const std::string name = "steps to " + std::to_string(level) + "%, " + a.words + " over " + b.words;
    if (!all_finite(sa) || !all_finite(sb))
      table.row({name, "–", "not reached in every run"});
    else
      row(name, speedup(sa, sb), [](double log) { return number(std::exp(log)) + "×"; });
  }
  return table;
}

std::pair<std::string, std::string> headline(const Comparison& c) {
  const std::vector<Arm> arms = paired_arms(c);
  if (arms.empty() || arms[0].runs.size() < 2) return {};
  const auto sa = arms[0].steps_to(0.9), sb = arms[1].steps_to(0.9);
  if (!all_finite(sa) || !all_finite(sb)) return {};
  const Interval s = speedup(sa, sb);
  auto times = [](double log) { return number(std::exp(log)); };
  return {times(s.mean) + "×", std::string("steps to 90% ") + judging_set(c) + " accuracy, " + arms[0].words +
                                   " over " + arms[1].words + ": " + times(s.shown_low()) + " to " +
                                   times(s.shown_high()) + " over " + std::to_string(sa.size()) + " seeds" +
                                   (s.few() ? "" : " (95% interval)")};
}

std::string finding(const Comparison& c) {
  if (const std::vector<Arm> arms = paired_arms(c); !arms.empty())
    return speed_sentence(arms[0], arms[1], judging_set(c)) + " " + accuracy_sentence(arms[0], arms[1]);
  // More arms, or two without a seed in common: the best for each value of the first factor. A diverged run
  // counts as 0, so that no arm wins by the runs that it survived.
  const bool validates = c.base.validation > 0;
  auto merit = [validates](const Arm& arm) {
    double sum = 0;
    for (double a : validates ? arm.validations() : arm.accuracies()) sum += std::isnan(a) ? 0 : a;
    return sum / double(arm.runs.size());
  };
  const bool one_factor = c.factors.size() < 2 || !c.grid;
  std::string words = one_factor ? "Best" : "Best for each " + c.factors[0].name;
  words += validates ? " (chosen by validation accuracy): " : " (chosen by the accuracy shown): ";
  const std::vector<std::string> values = one_factor ? std::vector<std::string>{""} : c.factors[0].values;
  for (const std::string& value : values) {
    const Arm* best = nullptr;
    for (const Arm& arm : c.arms) {
      if (!one_factor && arm.values[0] != value) continue;
      if (!best || merit(arm) > merit(*best)) best = &arm;
    }
    if (value != values.front()) words += "; ";
    const std::vector<double> accuracies = finite(best->accuracies()), steps = best->steps_to(0.9);
    words += best->words;
    if (accuracies.empty()) {
      words += ", where every run diverged";
      continue;
    }
    words += ", " +
             (validates ? "validation " + percent(mean_interval(finite(best->validations()))) + ", test "
                        : std::string()) +
             percent(mean_interval(accuracies));
    if (best->diverged())
      words +=
          " (" + std::to_string(best->diverged()) + " of " + std::to_string(best->runs.size()) + " diverged)";
    words += finite(steps).empty() ? ", 90% never reached"
                                   : ", 90% " + (all_finite(steps) ? "after " + steps_words(steps) + " steps"
                                                                   : "in " + steps_words(steps));
  }
  return words + ".";
}

}}  // namespace norma
