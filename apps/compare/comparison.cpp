#include "apps/compare/comparison.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <limits>
#include <mutex>
#include <set>

#include "apps/run/options.h"
#include "apps/run/run_folder.h"
#include "core/parallel.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

// "norm=batch, lr=0.1" → "norm-batch-lr-0.1"
std::string folder_name(const std::string& arm) {
  std::string name;
  for (char c : arm) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '.')
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  constexpr std::size_t most = 100;  // a path's part may have 255 characters
  return name.empty() ? "run" : name.substr(0, most);
}

// "217 ± 31", "never"; "4 of 5 runs" where only some got there: their mean would say too little.
std::string steps_words(const std::vector<double>& steps) {
  const std::vector<double> reached = finite(steps);
  if (reached.empty()) return "never";
  if (reached.size() < steps.size())
    return std::to_string(reached.size()) + " of " + std::to_string(steps.size()) + " runs";
  const Interval i = mean_interval(reached);
  return count(i.mean) + (i.known() ? " ± " + count(i.half) : "");
}

// Arm b against arm a: how many times fewer steps, seed by
// seed, as the exponential of an interval of logarithms.
struct Speedup {
  double ratio, low, high;
  int sooner;  // seeds in which b was first
};
Speedup speedup(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> logs;
  int sooner = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    logs.push_back(std::log(a[i] / b[i]));
    sooner += b[i] < a[i];
  }
  const Interval i = mean_interval(logs);
  return {std::exp(i.mean), std::exp(i.low()), std::exp(i.high()), sooner};
}

bool all_finite(const std::vector<double>& v) { return finite(v).size() == v.size(); }

std::string in_words(const Speedup& s) {
  return number(s.ratio) +
         (!(s.low < s.high) ? "" : " (95% interval " + number(s.low) + " to " + number(s.high) + ")");
}

std::string speed_sentence(const Arm& a, const Arm& b) {
  const auto sa = a.steps_to(0.9), sb = b.steps_to(0.9);
  const std::size_t na = finite(sa).size(), nb = finite(sb).size(), n = sa.size();
  if (na == 0 && nb == 0) return "Neither reached 90% test accuracy.";
  auto k_of_n = [n](std::size_t k) {
    return std::to_string(k) + " of " + std::to_string(n) + (n == 1 ? " run" : " runs");
  };
  if (na < n || nb < n)
    return b.name + " reached 90% test accuracy in " + k_of_n(nb) + ", " + a.name + " in " + k_of_n(na) + ".";
  const bool b_first = speedup(sa, sb).ratio >= 1;
  const Arm &fast = b_first ? b : a, &slow = b_first ? a : b;
  const auto sf = fast.steps_to(0.9), ss = slow.steps_to(0.9);
  const Speedup s = speedup(ss, sf);
  const std::string means =
      count(mean_interval(sf).mean) + " against " + count(mean_interval(ss).mean) + " steps";
  if (n == 1)
    return "Steps to 90% test accuracy: " + means + ", " + fast.name + " against " + slow.name +
           " (one run each: no interval).";
  if (!(s.low > 1))
    return "No difference in the steps to 90% test accuracy is shown (" + fast.name + " against " +
           slow.name + ": " + means + ").";
  const std::string seeds = s.sooner == int(n)
                                ? "in every seed"
                                : "in " + std::to_string(s.sooner) + " of " + std::to_string(n) + " seeds";
  return fast.name + " reached 90% test accuracy sooner than " + slow.name + " " + seeds + ", after " +
         means + ", fewer by a factor of " + in_words(s) + ", the geometric mean over seeds.";
}

std::string accuracy_sentence(const Arm& a, const Arm& b) {
  const auto xa = a.accuracies(), xb = b.accuracies();
  if (!all_finite(xa) || !all_finite(xb)) {
    return "Diverged: " + std::to_string(b.diverged()) + " of " + std::to_string(xb.size()) + " runs of " +
           b.name + ", " + std::to_string(a.diverged()) + " of " + a.name + "." +
           (all_finite(xa)
                ? " Test accuracy at the end of " + a.name + ": " + percent(mean_interval(xa)) + "."
                : "") +
           (all_finite(xb)
                ? " Test accuracy at the end of " + b.name + ": " + percent(mean_interval(xb)) + "."
                : "");
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
  for (const RunResult& r : runs) {
    const auto steps = r.steps_to(accuracy);
    result.push_back(steps ? static_cast<double>(*steps) : never);
  }
  return result;
}

int Arm::diverged() const {
  return static_cast<int>(
      std::count_if(runs.begin(), runs.end(), [](const RunResult& r) { return r.diverged_at.has_value(); }));
}

Factor parse_factor(const std::string& text) {
  const std::size_t equals = text.find('=');
  check(equals != std::string::npos && equals > 0, "--vary: '", text, "' given, OPTION=VALUE,VALUE,… wanted");
  Factor factor{find_option(text.substr(0, equals)).name, {}};
  const char between = factor.name == "layers" ? ';' : ',';  // whose values have commas
  for (std::size_t at = equals + 1; at <= text.size();) {
    const std::size_t end = std::min(text.find(between, at), text.size());
    factor.values.push_back(text.substr(at, end - at));
    check(!factor.values.back().empty(), "--vary: '", text, "' has an empty value");
    at = end + 1;
  }
  for (const char* own : {"seed", "threads", "data", "data-dir"}) {
    check(factor.name != own, "--vary: ", own, " cannot be varied",
          factor.name == "seed" ? "; use --seeds N" : "");
  }
  return factor;
}

std::vector<std::pair<std::vector<std::string>, RunConfig>> combinations(const RunConfig& base,
                                                                         const std::vector<Factor>& factors) {
  std::vector<std::pair<std::vector<std::string>, RunConfig>> all = {{{}, base}};
  for (std::size_t f = 0; f < factors.size(); ++f) {
    const Option& option = find_option(factors[f].name);
    for (std::size_t g = 0; g < f; ++g)
      check(factors[f].name != factors[g].name, "--vary: ", factors[f].name, " given twice");
    std::vector<std::pair<std::vector<std::string>, RunConfig>> next;
    for (const auto& [values, config] : all) {
      std::set<std::string> seen;
      for (const std::string& value : factors[f].values) {
        auto [more, changed] = std::pair(values, config);
        more.push_back(value);
        option.set(changed, value);
        check(seen.insert(option.get(changed)).second, "--vary: ", option.name, "=", value, " given twice");
        next.emplace_back(std::move(more), std::move(changed));
        check(next.size() <= 10'000, "--vary: more than 10,000 combinations");
      }
    }
    all = std::move(next);
  }
  return all;
}

Comparison make_comparison(const RunConfig& base, const std::vector<Factor>& factors, int seeds,
                           const DataPair& data) {
  Comparison c;
  c.base = base;
  c.factors = factors;
  c.data = data.train.name + ": " + count(double(data.train.size())) + " training and " +
           count(double(data.test.size())) + " test images";
  check(base.seed <= UINT64_MAX - static_cast<std::uint64_t>(seeds), "--seed: ", base.seed,
        " given, too large for ", seeds, " seeds");
  for (int s = 0; s < seeds; ++s) c.seeds.push_back(base.seed + static_cast<std::uint64_t>(s));
  std::set<std::string> folders;
  for (auto& [values, config] : combinations(base, factors)) {
    Arm arm;
    arm.values = values;
    for (std::size_t f = 0; f < factors.size(); ++f)
      arm.name += (f ? ", " : "") + factors[f].name + "=" + values[f];
    arm.folder = folder_name(arm.name);
    while (!folders.insert(arm.folder).second) arm.folder += "-" + std::to_string(c.arms.size() + 1);
    for (std::uint64_t seed : c.seeds) {
      RunConfig own = config;
      own.seed = seed;
      try {
        const RunPlan plan = resolve(own, data);
        arm.configs.push_back(plan.config);
        if (seed == base.seed) build_model(plan, data.train);  // what does not fit: say so now
      } catch (const Error& e) {
        fail(arm.name, ": ", e.what());
      }
    }
    c.arms.push_back(std::move(arm));
  }
  return c;
}

void run_comparison(Comparison& c, const DataPair& data, int workers, const std::filesystem::path& folder,
                    const std::function<void(const GridProgress&)>& progress) {
  const Index arms = static_cast<Index>(c.arms.size()), runs = arms * static_cast<Index>(c.seeds.size());
  GridProgress state{0, runs, 0, 0};
  for (Arm& arm : c.arms) {
    arm.runs.resize(c.seeds.size());
    for (const RunConfig& config : arm.configs) state.steps += config.steps;
  }
  std::mutex lock;
  std::vector<Index> taken(static_cast<std::size_t>(runs), 0);
  std::exception_ptr error;  // the first
  const auto start = Clock::now();
  side_by_side(workers, runs, [&](Index i) {
    Arm& arm =
        c.arms[static_cast<std::size_t>(i % arms)];  // every arm's first seed, then every arm's second, …
    const std::size_t s = static_cast<std::size_t>(i / arms);
    auto report = [&](Index step, bool done) {
      std::lock_guard guard(lock);
      state.steps_done += step - taken[static_cast<std::size_t>(i)];
      taken[static_cast<std::size_t>(i)] = step;
      state.runs_done += done;
      if (progress) progress(state);
    };
    {
      std::lock_guard guard(lock);
      if (error) return;
    }
    try {
      FinishedRun finished =
          run(arm.configs[s], data, {.progress = [&](const Progress& p) { report(p.step, false); }});
      if (!folder.empty()) {
        const auto own = folder / "runs" / (arm.folder + "-seed-" + std::to_string(c.seeds[s]));
        std::filesystem::create_directories(own);
        write_run(own, finished);
      }
      arm.runs[s] = std::move(finished.result);
      report(arm.configs[s].steps, true);
    } catch (...) {
      std::lock_guard guard(lock);
      if (!error) error = with_context(arm.name + ", seed " + std::to_string(c.seeds[s]));
    }
  });
  if (error) std::rethrow_exception(error);
  c.seconds = seconds_since(start);
}

Table outcome_table(const Comparison& c) {
  Table table({"", "test accuracy", "test loss", "time a run", "diverged"});
  for (std::size_t column = 1; column < 5; ++column) table.align(column, Align::right);
  for (const Arm& arm : c.arms) {
    const std::size_t n = arm.runs.size(), left = n - static_cast<std::size_t>(arm.diverged());
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
    const Speedup s = speedup(sa, sb);
    table.row({name, number(s.ratio) + "×",
               std::isnan(s.low) ? "–" : number(s.low) + " to " + number(s.high) + "×"});
  }
  return table;
}

std::string finding(const Comparison& c) {
  if (c.arms.size() == 2)
    return speed_sentence(c.arms[0], c.arms[1]) + " " + accuracy_sentence(c.arms[0], c.arms[1]);
  // More arms: the best for each value of the first factor. A diverged run counts as 0, so that no arm wins by the
  // runs that it survived.
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
