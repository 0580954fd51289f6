// What a comparison found, in tables and sentences.
#include <algorithm>

#include "apps/compare/comparison.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// "217 ± 31", "never"; "4 of 5 runs" where only some got there: their mean would say too little.
std::string steps_words(const std::vector<double>& steps) {
  const std::vector<double> reached = finite(steps);
  if (reached.empty()) return "never";
  if (reached.size() < steps.size())
    return std::to_string(reached.size()) + " of " + std::to_string(steps.size()) + " runs";
  const Interval i = mean_interval(reached);
  return count(i.mean) + (i.known() ? " ± " + count(i.half) : "");
}

// Arm b against arm a, seed by seed: how many times fewer steps.
RatioInterval speedup(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return ratio_interval(ratios);
}

bool all_finite(const std::vector<double>& v) { return finite(v).size() == v.size(); }

std::string speed_sentence(const Arm& a, const Arm& b) {
  const auto sa = a.steps_to(0.9), sb = b.steps_to(0.9);
  const std::size_t na = finite(sa).size(), nb = finite(sb).size(), n = sa.size();
  if (na == 0 && nb == 0) return "Neither reached 90% test accuracy.";
  auto k_of_n = [n](std::size_t k) {
    return std::to_string(k) + " of " + std::to_string(n) + (n == 1 ? " run" : " runs");
  };
  if (na < n || nb < n)
    return b.name + " reached 90% test accuracy in " + k_of_n(nb) + ", " + a.name + " in " + k_of_n(na) + ".";
  const bool b_first = speedup(sa, sb).mean >= 1;
  const Arm &fast = b_first ? b : a, &slow = b_first ? a : b;
  const auto sf = fast.steps_to(0.9), ss = slow.steps_to(0.9);
  const RatioInterval s = speedup(ss, sf);
  const std::string means =
      count(mean_interval(sf).mean) + " against " + count(mean_interval(ss).mean) + " steps";
  if (n == 1)
    return "Steps to 90% test accuracy: " + means + ", " + fast.name + " against " + slow.name +
           " (one run each: no interval).";
  if (!(s.low > 1))
    return "No difference in the steps to 90% test accuracy is shown (" + fast.name + " against " +
           slow.name + ": " + means + ").";
  std::size_t sooner = 0;  // seeds in which it was first
  for (std::size_t i = 0; i < n; ++i) sooner += sf[i] < ss[i];
  const std::string seeds = sooner == n ? "in every seed" : text_of("in ", sooner, " of ", n, " seeds");
  return fast.name + " reached 90% test accuracy sooner than " + slow.name + " " + seeds + ", after " +
         means + ", fewer by a factor of " + number(s.mean) +
         (s.low < s.high ? " (95% interval " + number(s.low) + " to " + number(s.high) + ")" : "") +
         ", the geometric mean over seeds.";
}

std::string accuracy_sentence(const Arm& a, const Arm& b) {
  const auto xa = a.accuracies(), xb = b.accuracies();
  if (!all_finite(xa) || !all_finite(xb)) {
    auto end_of = [](const Arm& arm) {
      const auto x = arm.accuracies();
      return all_finite(x)
                 ? " Test accuracy at the end of " + arm.name + ": " + percent(mean_interval(x)) + "."
                 : "";
    };
    return "Diverged: " + std::to_string(b.diverged()) + " of " + std::to_string(xb.size()) + " runs of " +
           b.name + ", " + std::to_string(a.diverged()) + " of " + a.name + "." + end_of(a) + end_of(b);
  }
  const bool b_higher = mean_interval(xb).mean >= mean_interval(xa).mean;
  const Arm &high = b_higher ? b : a, &low = b_higher ? a : b;
  const Interval d = b_higher ? paired_difference(xb, xa) : paired_difference(xa, xb);
  const std::string ends = "Test accuracy at the end: " + high.name + " " +
                           percent(mean_interval(high.accuracies()).mean) + ", " + low.name + " " +
                           percent(mean_interval(low.accuracies()).mean);
  if (!d.known()) return ends + " (one run each: no interval).";
  if (!d.excludes(0)) return ends + "; no difference is shown (" + points(d) + ").";
  return ends + ", a difference of " + points(d) + ".";
}

}  // namespace

std::vector<double> Arm::accuracies() const {
  return each([](const RunResult& r) { return r.test_running.accuracy; });
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

Table outcome_table(const Comparison& c) {
  Table table({"", "test accuracy", "test loss", "time a run", "diverged"});
  for (std::size_t column = 1; column < 5; ++column) table.align(column, Align::right);
  for (const Arm& arm : c.arms) {
    const std::size_t n = arm.runs.size(), left = n - arm.diverged();
    const std::string of_how_many =
        left == n ? "" : " (" + std::to_string(left) + " of " + std::to_string(n) + ")";
    const auto losses = arm.each([](const RunResult& r) { return r.test_running.loss; });
    const auto times = arm.each([](const RunResult& r) { return r.train_seconds; });
    table.row({arm.name, percent(mean_interval(finite(arm.accuracies()))) + of_how_many,
               number(mean_interval(finite(losses))), seconds(mean_interval(finite(times)).mean),
               std::to_string(arm.diverged()) + " of " + std::to_string(n)});
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
  Table table({"test accuracy reached after", "90%", "95%", "97%"});
  for (std::size_t column = 1; column < 4; ++column) table.align(column, Align::right);
  for (const Arm& arm : c.arms) {
    auto steps = [&](double accuracy) {
      const std::string words = steps_words(arm.steps_to(accuracy));
      return all_finite(arm.steps_to(accuracy)) ? words + " steps" : words;
    };
    table.row({arm.name, steps(0.90), steps(0.95), steps(0.97)});
  }
  return table;
}

Table paired_table(const Comparison& c) {
  check(c.arms.size() == 2, "paired_table: ", c.arms.size(), " arms given, two wanted");
  const Arm &a = c.arms[0], &b = c.arms[1];
  Table table({b.name + " against " + a.name, "difference", "95% interval"});
  table.align(1, Align::right).align(2, Align::right);
  auto row = [&](const char* name, const Interval& i, auto&& words) {
    table.row({name, words(i.mean), i.known() ? words(i.low()) + " to " + words(i.high()) : "–"});
  };
  auto as_points = [](double x) { return signed_number(100 * x); };
  row("test accuracy, points", paired_difference(b.accuracies(), a.accuracies()), as_points);
  auto loss = [](const RunResult& r) { return r.test_running.loss; };
  row("test loss", paired_difference(b.each(loss), a.each(loss)), [](double x) { return signed_number(x); });
  for (int level : {90, 95, 97}) {
    const auto sa = a.steps_to(level / 100.0), sb = b.steps_to(level / 100.0);
    const std::string name = "steps to " + std::to_string(level) + "%, times fewer";
    if (!all_finite(sa) || !all_finite(sb)) {
      table.row({name, "–", "not reached in every run"});
      continue;
    }
    const RatioInterval s = speedup(sa, sb);
    table.row({name, number(s.mean) + "×",
               std::isnan(s.low) ? "–" : number(s.low) + " to " + number(s.high) + "×"});
  }
  return table;
}

std::string finding(const Comparison& c) {
  if (c.arms.size() == 2)
    return speed_sentence(c.arms[0], c.arms[1]) + " " + accuracy_sentence(c.arms[0], c.arms[1]);
  // More arms: the best for each value of the first factor. A diverged run counts as 0, so that no arm wins
  // by the runs that it survived.
  auto merit = [](const Arm& arm) {
    double sum = 0;
    for (double a : arm.accuracies()) sum += std::isnan(a) ? 0 : a;
    return sum / double(arm.runs.size());
  };
  const bool one_factor = c.factors.size() < 2;
  std::string words = one_factor ? "Best (chosen by the accuracy shown): "
                                 : "Best for each " + c.factors[0].name + " (chosen by the accuracy shown): ";
  const std::vector<std::string> values = one_factor ? std::vector<std::string>{""} : c.factors[0].values;
  for (const std::string& value : values) {
    const Arm* best = nullptr;
    for (const Arm& arm : c.arms) {
      if (!one_factor && arm.values[0] != value) continue;
      if (!best || merit(arm) > merit(*best)) best = &arm;
    }
    if (value != values.front()) words += "; ";
    const std::vector<double> accuracies = finite(best->accuracies()), steps = best->steps_to(0.9);
    words += best->name;
    if (accuracies.empty()) {
      words += ", where every run diverged";
      continue;
    }
    words += ", " + percent(mean_interval(accuracies));
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
