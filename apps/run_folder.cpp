#include "apps/run_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/checkpoint.h"
#include "apps/options.h"
#include "apps/trained.h"
#include "data/files.h"
#include "data/safetensors.h"

namespace norma::inline NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

using json = nlohmann::ordered_json;  // writes a number that is not finite as null

json score_json(const Score& s) { return {{"loss", s.loss}, {"accuracy", s.accuracy}}; }

json result_json(const RunResult& r) {
  json j;
  j["data"] = r.data;
  j["status"] = r.diverged_at ? "diverged" : "finished";
  if (r.diverged_at) j["diverged_at_step"] = *r.diverged_at;
  j["steps"] = r.steps;
  j["steps_per_epoch"] = r.steps_per_epoch;
  j["parameters"] = r.parameters;
  j["samples_dropped_each_epoch"] = r.dropped;
  j["train"] = {{"running_statistics", score_json(r.train_running)},
                {"batch_statistics", score_json(r.train_batch)}};
  j["test"] = {{"running_statistics", score_json(r.test_running)},
               {"batch_statistics", score_json(r.test_batch)}};
  if (r.config.precise > 0) j["test"]["moving_averages"] = score_json(r.test_moving);
  for (int percent : {90, 95, 97}) {
    auto steps = r.steps_to(percent / 100.0);
    j["steps_to_test_accuracy"][std::to_string(percent) + "%"] = steps ? json(*steps) : json(nullptr);
  }
  j["seconds"] = {{"training", r.train_seconds}, {"evaluation", r.eval_seconds}};
  return j;
}

std::string metrics_lines(const RunResult& r) {
  std::string lines;
  auto loss = r.losses.begin();
  auto add_losses = [&](Index until) {
    for (; loss != r.losses.end() && loss->step <= until; ++loss) {
      lines += json{{"step", loss->step}, {"batch_loss", loss->loss}}.dump() + "\n";
    }
  };
  for (const Evaluation& e : r.evaluations) {
    add_losses(e.step);
    lines += json{{"step", e.step},
                  {"epoch", e.epoch},
                  {"lr", e.lr},
                  {"train_loss", e.train_loss},
                  {"test_loss", e.test.loss},
                  {"test_accuracy", e.test.accuracy}}
                 .dump() +
             "\n";
  }
  add_losses(r.steps);
  return lines;
}

// Each says "results are here": it goes first and comes last.
constexpr const char* markers[] = {"config.json", "comparison.json"};
constexpr const char* model_file = "model.safetensors";

bool holds_results(const fs::path& folder) {
  return std::any_of(std::begin(markers), std::end(markers),
                     [&](const char* file) { return fs::exists(folder / file); });
}

void remove_if_empty(const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored) && fs::is_empty(folder, ignored)) fs::remove(folder, ignored);
}

// Removes what a run, a comparison, a fold or an inspection left, but for the model, and nothing else.
void remove_results(const fs::path& folder) {
  std::error_code error;
  for (const char* file : markers) fs::remove(folder / file, error);
  for (const char* file : {"metrics.jsonl", "summary.json", "report.html"}) fs::remove(folder / file, error);
  for (const char* figure : {"test-accuracy", "training-loss", "heat-map"}) {
    for (const char* kind : {".csv", ".gp", ".svg"}) fs::remove(folder / (std::string(figure) + kind), error);
  }
}

void remove_with_model(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return;
  remove_results(folder);
  fs::remove(folder / model_file, error);
  remove_if_empty(folder);
}

// All names in `folder`, taken down before any of them goes; none if it is not there.
std::vector<fs::path> names_in(const fs::path& folder) {
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    names.push_back(it->path().filename());
  return names;
}

// What hangs on them: a comparison's runs; the folded network; the page of inspect.
void remove_dependants(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& run : names_in(folder / "runs")) remove_with_model(folder / "runs" / run);
  remove_if_empty(folder / "runs");
  remove_with_model(folder / "folded");
  const fs::path figures = folder / "inspect" / "figures";
  for (const fs::path& name : names_in(figures)) {
    const std::string kind = name.extension().string();
    if (kind == ".csv" || kind == ".gp" || kind == ".svg") fs::remove(figures / name, ignored);
  }
  remove_if_empty(figures);
  remove_with_model(folder / "inspect");
}

// Moves all that is in `from` into `to`, which may have folders of the same names; the markers last.
void move_into(const fs::path& from, const fs::path& to) {
  std::vector<fs::path> names = names_in(from);
  std::partition(names.begin(), names.end(), [](const fs::path& name) {
    return std::find(std::begin(markers), std::end(markers), name) == std::end(markers);
  });
  for (const fs::path& name : names) {
    if (fs::is_directory(from / name) && fs::is_directory(to / name))
      move_into(from / name, to / name);
    else
      move_file(from / name, to / name);
  }
}

}  // namespace

fs::path make_run_folder(fs::path folder, const std::string& kind, bool overwrite) {
  std::error_code error;
  if (folder.empty()) {
    int last = 0;
    for (fs::directory_iterator it("runs", error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name.find_first_not_of("0123456789") <= 8) last = std::max(last, std::atoi(name.c_str()));
    }
    std::string number = std::to_string(last + 1);
    folder = fs::path("runs") /
             (std::string(number.size() < 3 ? 3 - number.size() : 0, '0') + number + "-" + kind);
  }
  check(overwrite || (!holds_results(folder) && !has_checkpoint(folder)), "--out ", folder.string(),
        ": holds results already; give another folder, or --overwrite");
  make_results_folder(folder);
  if (overwrite) remove_checkpoint(folder);
  return folder;
}

NewResults::NewResults(fs::path folder, bool at_once) : folder_(std::move(folder)), room_(folder_) {
  if (at_once && !holds_results(folder_)) return;
  room_ = folder_ / ".norma-new";
  std::error_code ignored;
  fs::remove_all(room_, ignored);  // of one that was killed
  make_results_folder(room_);
}

NewResults::~NewResults() {
  std::error_code ignored;
  if (room_ != folder_) fs::remove_all(room_, ignored);
}

void NewResults::publish() {
  if (room_ == folder_) return;
  std::error_code ignored;
  for (const char* file : markers) fs::remove(folder_ / file, ignored);
  if (fs::exists(room_ / model_file))
    move_file(room_ / model_file, folder_ / model_file);  // there is one at any moment
  else
    fs::remove(folder_ / model_file, ignored);
  remove_results(folder_);
  remove_dependants(folder_);
  move_into(room_, folder_);
}

fs::path make_results_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  check(!error && fs::is_directory(folder), "--out ", folder.string(),
        ": cannot make this folder: ", error ? error.message() : "there is a file of that name");
  const fs::path probe = folder / ".norma-probe";
  try {
    write_file(probe, "");
  } catch (const DiskError&) {
    throw;
  } catch (const Error& e) {
    fail("--out ", folder.string(), ": cannot write there: ", e.what());
  }
  fs::remove(probe, error);
  return folder;
}

std::string summary_json(const RunResult& result) { return result_json(result).dump(2) + "\n"; }

void write_run(const fs::path& folder, const FinishedRun& run) {
  std::error_code error;
  fs::create_directories(folder, error);  // in case it was taken away meanwhile
  write_safetensors(folder / "model.safetensors", run.model.state_dict(), model_metadata(run.result.about));
  write_file(folder / "metrics.jsonl", metrics_lines(run.result));
  write_file(folder / "summary.json", summary_json(run.result));
  write_file(folder / "config.json", to_json(run.result.config));
}

}  // namespace norma::inline NORMA_BUILD
