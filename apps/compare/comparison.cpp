#include "apps/compare/comparison.h"

#include <algorithm>
#include <set>

#include "apps/report/numbers.h"
#include "apps/run/agreement.h"
#include "apps/run/json.h"
#include "apps/run/options.h"
#include "apps/run/processes.h"
#include "apps/run/results_folder.h"
#include "apps/run/run_folder.h"
#include "apps/run/run_record.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

// What a comparison shows of a run, as rows of numbers.
Outcome outcome_of(const RunResult& r) {
  Outcome o;
  for (const Evaluation& e : r.evaluations) {
    for (double v : {double(e.step), e.epoch, e.lr, e.train_loss, e.score.loss, e.score.accuracy})
      o["evaluations"].push_back(v);
  }
  for (const Score& s : {r.train_running, r.train_batch, r.test_running, r.test_batch, r.test_moving})
    o["scores"].insert(o["scores"].end(), {s.loss, s.accuracy});
  o["counts"] = {double(r.steps), double(r.steps_per_epoch), double(r.parameters), double(r.dropped)};
  o["seconds"] = {r.train_seconds, r.eval_seconds};
  if (r.diverged_at) o["diverged_at"] = {double(*r.diverged_at)};
  return o;
}

RunResult result_of(Outcome o, const RunConfig& config, const DataPair& data) {
  RunResult r;
  r.config = config;
  r.data = data.train.name + ", " + data.train.source;
  const std::vector<double>&e = o["evaluations"], &scores = o["scores"], &counts = o["counts"];
  for (std::size_t i = 0; i < e.size(); i += 6)
    r.evaluations.push_back({Index(e[i]), e[i + 1], e[i + 2], e[i + 3], {e[i + 4], e[i + 5]}});
  std::size_t i = 0;
  for (Score* s : {&r.train_running, &r.train_batch, &r.test_running, &r.test_batch, &r.test_moving}) {
    *s = {scores.at(i), scores.at(i + 1)};
    i += 2;
  }
  i = 0;
  for (Index* n : {&r.steps, &r.steps_per_epoch, &r.parameters, &r.dropped}) *n = Index(counts.at(i++));
  r.train_seconds = o["seconds"].at(0);
  r.eval_seconds = o["seconds"].at(1);
  if (o.contains("diverged_at")) r.diverged_at = Index(o["diverged_at"].at(0));
  return r;
}

// All that decides what a comparison finds: its options as on the command line, the program and the data.
std::map<std::string, std::string> settings_of(const Comparison& c, const DataPair& data) {
  std::map<std::string, std::string> all = circumstances_of(data);
  for (const Option& o : run_options()) all["--" + o.name] = o.get(c.base);
  for (const char* place : {"--data", "--data-dir"}) all.erase(place);  // the data themselves count
  for (const Factor& f : c.factors) {
    all["--vary"] += (all["--vary"].empty() ? "" : " ") + f.name + "=";
    for (const std::string& value : f.values) all["--vary"] += (&value == &f.values[0] ? "" : ",") + value;
  }
  all["--arm"];  // of arms that are no grid
  for (const Arm& arm : c.arms)
    if (!c.grid) all["--arm"] += (&arm == &c.arms[0] ? "" : " | ") + arm.name;
  all["--seeds"] = std::to_string(c.seeds.size());
  return all;
}

// All that decides what a run finds: its options, without where the data are.
std::string settings_of(RunConfig config) {
  config.data = config.data_dir = "";
  return to_json(config);
}

fs::path settings_file(const fs::path& folder) { return outcomes_in(folder) / "settings.json"; }

std::vector<Job> jobs_of(const Comparison& c, const DataPair& data, const fs::path& folder) {
  const std::string record = folder.empty() ? "" : data_record(data);
  std::vector<Job> jobs;
  for (std::size_t s = 0; s < c.seeds.size(); ++s) {  // every arm's first seed, then every arm's second, …
    for (const Arm& arm : c.arms) {
      const RunConfig& config = arm.configs[s];
      const std::string seed = std::to_string(config.seed), name = arm.folder + "-seed-" + seed;
      const fs::path own = folder.empty() ? folder : folder / "runs" / name;
      auto run_one = [&config, &data, own, record](const std::function<void(double)>& advance) {
        RunHooks hooks;
        hooks.progress = [&](const Progress& p) { advance(double(p.step) / double(p.steps)); };
        std::optional<RunRecord> meanwhile;
        if (!own.empty()) meanwhile.emplace(own, record);
        if (meanwhile) hooks.record = [&](const RunResult& r) { meanwhile->add(r); };
        const FinishedRun finished = run(config, data, hooks);
        if (meanwhile) {
          write_run(own, finished, *meanwhile);
          meanwhile->keep();
        }
        return outcome_of(finished.result);
      };
      jobs.push_back({.name = arm.name + ", seed " + seed,
                      .file = name + ".json",
                      .settings = settings_of(config),
                      .work = double(config.steps),
                      .run = run_one,
                      .intact = [own] { return is_whole_run(own); }});
    }
  }
  return jobs;
}

}  // namespace

Comparison make_comparison(const RunConfig& base, const Variants& variants, int seeds, const DataPair& data) {
  Comparison c;
  c.base = base;
  c.factors = variants.factors;
  c.grid = variants.is_grid();
  c.data = data_words(data.train.name, data.train.size(), data.test.size());
  check(base.seed <= UINT64_MAX - static_cast<std::uint64_t>(seeds),
        "--seed: expected a number small enough for ", seeds, " seeds, got ", base.seed);
  for (int s = 0; s < seeds; ++s) c.seeds.push_back(base.seed + static_cast<std::uint64_t>(s));
  std::set<std::string> folders;
  for (const Variant& variant : variants.arms) {
    Arm arm;
    arm.name = variants.name(variant);
    arm.words = variants.words(variant);
    arm.values = variant.values;
    arm.folder = file_name(arm.name);
    while (!folders.insert(arm.folder).second) arm.folder += "-" + std::to_string(c.arms.size() + 1);
    for (std::uint64_t seed : c.seeds) {
      RunConfig own = variant.config;
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

std::string data_words(const std::string& name, Index training, Index test) {
  return name + ": " + count(double(training)) + " training and " + count(double(test)) + " test images";
}

std::string other_unfinished(const Comparison& c, const DataPair& data, const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(settings_file(folder), error)) return "";
  const std::string here = "the unfinished comparison there";
  json then = parse_json_or_discard(read_file(settings_file(folder)));
  if (!then.is_object()) return here + " is damaged";
  for (const auto& [name, value] : settings_of(c, data)) {
    if (then[name] == value) continue;
    if (name == "build") return here + " is of another build of norma";
    if (name.ends_with("data") && !name.starts_with("--")) return here + " is on other data";
    return "expected " + name + " " + json_text(then[name]) + ", as in " + here + ", got " + json_text(value);
  }
  return "";
}

void take_share(const Comparison& c, const DataPair& data, const fs::path& part, const fs::path& folder) {
  std::error_code none;
  check(fs::exists(settings_file(part), none), "--merge ", part.string(),
        ": expected a folder that norma compare --shard left");
  const std::string other = other_unfinished(c, data, part);
  check(other.empty(), "--merge ", part.string(), ": ", other);
  copy_missing(part / "runs", folder / "runs");
  copy_missing(outcomes_in(part), outcomes_in(folder));
}

void run_comparison(Comparison& c, const DataPair& data, int workers, const fs::path& folder,
                    const std::function<void(const GridProgress&)>& progress, const Share& share) {
  const auto start = Clock::now();
  Store store;
  if (!folder.empty()) {
    const std::map<std::string, std::string> settings = settings_of(c, data);
    agree(settings);
    if (Processes::all().rank() == 0) {
      fs::create_directories(outcomes_in(folder));
      write_file(settings_file(folder), json_text(settings, 1) + "\n");
      sweep(folder / "runs");
    }
    store = Store(outcomes_in(folder), data);
  }
  std::vector<Job> jobs = jobs_of(c, data, folder);
  run_grid(jobs, store, {.workers = workers, .share = share, .progress = progress});
  store.close();
  if (Processes::all().size() > 1 && Processes::all().rank() == 0)
    sweep(folder / "runs");  // after one that died
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].elsewhere) continue;
    Arm& arm = c.arms[i % c.arms.size()];
    if (jobs[i].failure.empty())
      arm.runs.push_back(result_of(jobs[i].outcome, arm.configs[i / c.arms.size()], data));
    else
      c.failed.push_back({jobs[i].name, jobs[i].failure});
  }
  c.seconds = seconds_since(start);
}

}}  // namespace norma
