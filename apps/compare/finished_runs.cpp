#include "apps/compare/finished_runs.h"

#include <algorithm>
#include <set>

#include "apps/report/numbers.h"
#include "apps/report/palette.h"
#include "apps/report/text.h"
#include "apps/run/json.h"
#include "apps/run/options.h"
#include "apps/run/plan.h"
#include "apps/run/run_folder.h"
#include "apps/run/run_list.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t most_bytes = 1 << 20;  // of a file that is one JSON object

struct Found {
  fs::path path;
  std::size_t place;  // of the word on the command line that it was found by
  RunResult result;
  json data;  // about.json's, or null
};

Found found_run(const fs::path& path, std::size_t place) {
  Found run{path, place, read_summary(path), {}};
  read_metrics(run.result, path);
  const fs::path about = path / "about.json";
  std::error_code none;
  if (!fs::exists(about, none)) return run;  // of an older build
  const json j = parse_json_or_discard(read_file(about, most_bytes));
  if (j.is_object() && j.contains("data")) run.data = j["data"];
  return run;
}

// "checksum" or "samples" of the "training" or "test" set; null if that is not known.
json known(const Found& run, const char* set, const char* what) {
  const json::json_pointer at(text_of('/', set, '/', what));
  return run.data.is_object() && run.data.contains(at) ? run.data[at] : json();
}

// What keeps `run` from being compared with `first`; "" if nothing does.
std::string obstacle(const Found& run, const Found& first) {
  const std::string as_in = ", as in " + first.path.string() + ", got ";
  auto differs = [&](const char* name) {
    const Option& o = find_option(name);
    const std::string a = o.get(first.result.config), b = o.get(run.result.config);
    return a == b ? ""
                  : "expected --" + o.name + " " + (a.empty() ? "''" : a) + as_in + (b.empty() ? "''" : b);
  };
  const json a = known(first, "training", "checksum"), b = known(run, "training", "checksum");
  const bool by_checksum = !a.is_null() && !b.is_null();
  const bool same = by_checksum ? a == b && known(first, "test", "checksum") == known(run, "test", "checksum")
                                : run.result.data == first.result.data;
  if (!same)
    return "expected the data " + first.result.data + as_in +
           (run.result.data == first.result.data ? "others of that name" : run.result.data);
  for (const char* name : {"colour", "resize", "split", "split-seed"}) {  // of the same pictures
    if (const std::string words = by_checksum ? "" : differs(name); !words.empty()) return words;
  }
  for (const char* name : {"batch-size", "train-size", "validation"})
    if (const std::string words = differs(name); !words.empty()) return words;
  return "";
}

FinishedRuns gathered(const std::vector<std::string>& folders, std::vector<Found>& runs) {
  FinishedRuns all;
  std::set<fs::path> seen;
  for (std::size_t place = 0; place < folders.size(); ++place) {
    const std::size_t bad = all.refused.size();
    const std::vector<ListedRun> listed = list_runs(folders[place], all.refused);
    check(!listed.empty() || all.refused.size() > bad, folders[place], ": there is no run in it or below");
    for (const ListedRun& run : listed) {
      if (!seen.insert(fs::canonical(run.path)).second) continue;
      all.folders.push_back(run.path);
      if (run.status != "finished" && run.status != "diverged") {
        all.left_out.push_back(run.path.string() + ": left out, it is " + run.status);
        continue;
      }
      try {
        runs.push_back(found_run(run.path, place));
        const std::string words = obstacle(runs.back(), runs.front());
        if (!words.empty()) all.refused.push_back(run.path.string() + ": " + words);
      } catch (const Error& e) {
        all.refused.push_back(e.what());
      }
    }
  }
  return all;
}

// Whether an option has in every run the value that it takes by itself.
bool follows(const Option& option, const std::vector<Found>& runs) {
  static const RunConfig usual;
  return std::ranges::all_of(runs, [&](const Found& run) {
    const RunConfig& own = run.result.config;
    constexpr Index most = 1'000'000'000'000;
    const Index steps = std::clamp<Index>(run.result.steps_per_epoch, 1, most / own.batch_size);
    const Index samples = steps * own.batch_size;
    const json test = known(run, "test", "samples");
    const Index judging = own.validation > 0         ? std::max<Index>(1, own.train_size - samples)
                          : test.is_number_integer() ? test.get<Index>()
                                                     : samples;
    RunConfig config = own;
    option.set(config, option.get(usual));
    try {
      fill_in(config, samples, judging);
    } catch (const Error&) {  // so many steps were not its epochs
      return false;
    }
    return option.get(config) == option.get(own);
  });
}

// The value of an option in a run, as --vary would have it; "" if it has no effect there.
std::string value_in(const Option& option, const RunConfig& config) {
  if (!missing_requirement(config, option.name).empty()) return "";
  const std::string value = option.get(config);
  return option.kind == Option::Kind::list ? replaced(value, ",", "x") : value;
}

bool before(const Option& option, const std::string& a, const std::string& b) {
  const double x = number_in(a), y = number_in(b);
  if (!std::isnan(x) && !std::isnan(y)) return x < y;
  const auto place = [&](const std::string& v) { return std::ranges::find(option.choices, v); };
  if (place(a) != place(b)) return place(a) < place(b);
  if (a == "none" || b == "none") return a == "none" && b != "none";
  return a < b;
}

// The options that differ, with their values, and each run's value of each.
std::vector<Factor> factors_of(const std::vector<Found>& runs,
                               std::vector<std::vector<std::string>>& values) {
  // What no result depends on, what makes no arm, and what obstacle() has seen to.
  const std::set<std::string> apart = {"seed",       "threads",    "log-every",  "data",
                                       "data-dir",   "colour",     "resize",     "split",
                                       "split-seed", "batch-size", "train-size", "validation"};
  const bool by_epochs = follows(find_option("steps"), runs);
  std::vector<Factor> factors;
  for (const Option& o : run_options()) {
    const std::string first = o.get(runs[0].result.config);
    const bool equal =
        std::ranges::all_of(runs, [&](auto& run) { return o.get(run.result.config) == first; });
    if (equal || apart.contains(o.name) || (o.name == "epochs" && !by_epochs)) continue;
    if (o.name != "epochs" && follows(o, runs)) continue;
    Factor factor{o.name, {}};
    std::vector<std::string> own;
    std::size_t known = 0;  // values of the words before
    bool unset = false;     // an effect, but no value: no --layers
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i > 0 && runs[i].place > runs[i - 1].place) known = factor.values.size();
      own.push_back(value_in(o, runs[i].result.config));
      unset = unset || (o.get(runs[i].result.config).empty() && own[i].empty());
      if (own[i].empty() || std::ranges::count(factor.values, own[i]) > 0) continue;
      factor.values.push_back(own[i]);
      std::sort(factor.values.begin() + std::ptrdiff_t(known), factor.values.end(),
                [&](auto& a, auto& b) { return before(o, a, b); });
    }
    if (factor.values.size() + (unset ? 1 : 0) < 2) continue;
    for (std::size_t i = 0; i < runs.size(); ++i) values[i].push_back(own[i]);
    factors.push_back(std::move(factor));
  }
  return factors;
}

// Puts runs of one combination of values together, in the order of the factors' values.
void add_arms(Comparison& c, std::vector<Found>& runs, const std::vector<std::vector<std::string>>& values,
              std::vector<std::string>& left_out) {
  using Places = std::vector<std::ptrdiff_t>;
  std::map<Places, std::map<std::uint64_t, std::size_t>> arms;  // runs by their seed
  std::set<std::uint64_t> seeds;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Places places;
    for (std::size_t f = 0; f < c.factors.size(); ++f) {
      const auto& all = c.factors[f].values;
      places.push_back(std::ranges::find(all, values[i][f]) - all.begin());
    }
    const auto [it, first] = arms[places].emplace(runs[i].result.config.seed, i);
    if (!first)
      left_out.push_back(runs[i].path.string() + ": left out, " + runs[it->second].path.string() +
                         " has the same options and seed");
    seeds.insert(runs[i].result.config.seed);
  }
  c.seeds.assign(seeds.begin(), seeds.end());
  Variants variants{c.factors, {}};
  for (const auto& [places, by_seed] : arms) {
    Arm arm;
    for (const auto& entry : by_seed) {
      Found& run = runs[entry.second];
      arm.values = values[entry.second];
      arm.configs.push_back(run.result.config);
      arm.runs.push_back(std::move(run.result));
    }
    variants.arms.push_back({arm.values, arm.configs[0]});
    c.arms.push_back(std::move(arm));
  }
  c.grid = variants.is_grid();
  for (std::size_t i = 0; i < c.arms.size(); ++i) {
    c.arms[i].name = variants.name(variants.arms[i]);
    c.arms[i].words = variants.words(variants.arms[i]);
  }
}

}  // namespace

FinishedRuns compare_finished(const std::vector<std::string>& folders) {
  const auto start = Clock::now();
  std::vector<Found> runs;
  FinishedRuns all = gathered(folders, runs);
  if (!all.refused.empty()) return all;
  check(!runs.empty(), folders[0], ": no run is finished");
  Comparison& c = all.comparison;
  c.afterwards = true;
  c.base = runs[0].result.config;
  const std::string name = runs[0].result.data.substr(0, runs[0].result.data.find(','));
  const json training = known(runs[0], "training", "samples"), test = known(runs[0], "test", "samples");
  const bool sizes = training.is_number_integer() && test.is_number_integer();
  c.data = sizes ? data_words(name, training.get<Index>(), test.get<Index>()) : name;
  std::vector<std::vector<std::string>> values(runs.size());
  c.factors = factors_of(runs, values);
  check(!c.factors.empty(), "compare: expected runs that differ in an option, got ", runs.size(),
        runs.size() == 1 ? " run" : " that are equal except for the seed");
  add_arms(c, runs, values, all.left_out);
  c.seconds = seconds_since(start);
  return all;
}

}}  // namespace norma
