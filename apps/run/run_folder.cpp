#include "apps/run/run_folder.h"

#include <algorithm>

#include "apps/run/json.h"
#include "apps/run/metrics.h"
#include "apps/run/opened_run.h"
#include "apps/run/options.h"
#include "apps/run/results_folder.h"
#include "apps/run/run_record.h"
#include "data/formats/files.h"
#include "data/formats/safetensors.h"
#include "layers/network/load_run.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

json score_json(const Score& s) { return {{"loss", s.loss}, {"accuracy", s.accuracy}}; }

// The best evaluation and the last one, and of which weights the final scores are.
json validation_json(const RunResult& r) {
  const Evaluation* best = r.best();
  return {{"best", score_json(best ? best->score : Score())},
          {"best_step", best ? json(best->step) : json(nullptr)},
          {"last", score_json(r.evaluations.empty() ? Score() : r.evaluations.back().score)},
          {"final_scores_of", r.judged_by_best() ? "best" : "last"}};
}

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
  const std::string judging = judging_set(r.config);
  if (r.config.validation > 0) j["validation"] = validation_json(r);
  for (int percent : {90, 95, 97}) {
    const double steps = r.steps_to(percent / 100.0);
    j["steps_to_" + judging + "_accuracy"][std::to_string(percent) + "%"] =
        std::isfinite(steps) ? json(Index(steps)) : json(nullptr);
  }
  j["seconds"] = {{"training", r.train_seconds}, {"evaluation", r.eval_seconds}};
  return j;
}

Score read_score(const json& j) { return {number_of(j.at("loss")), number_of(j.at("accuracy"))}; }

void set_summary(RunResult& r, const json& j) {
  r.data = j.at("data").get<std::string>();
  if (j.at("status") == "diverged") r.diverged_at = count_of(j.at("diverged_at_step"));
  r.steps = count_of(j.at("steps"));
  r.steps_per_epoch = count_of(j.at("steps_per_epoch"));
  r.parameters = count_of(j.at("parameters"));
  r.dropped = count_of(j.at("samples_dropped_each_epoch"));
  r.train_running = read_score(j.at("train").at("running_statistics"));
  r.train_batch = read_score(j.at("train").at("batch_statistics"));
  r.test_running = read_score(j.at("test").at("running_statistics"));
  r.test_batch = read_score(j.at("test").at("batch_statistics"));
  if (r.config.precise > 0) r.test_moving = read_score(j.at("test").at("moving_averages"));
  r.train_seconds = number_of(j.at("seconds").at("training"));
  r.eval_seconds = number_of(j.at("seconds").at("evaluation"));
}

}  // namespace

RunResult read_summary(const fs::path& folder) {
  const fs::path config = folder / "config.json", summary = folder / "summary.json";
  RunResult r;
  read_json(r.config, read_file(config, 1 << 20), config.string());
  try {
    reset_unused(r.config);
    validate(r.config);
  } catch (const Error& e) {
    fail(config.string(), ": ", e.what());
  }
  try {
    set_summary(r, parse_json(read_file(summary, 1 << 20)));
  } catch (const json::exception& e) {
    fail(summary.string(), ": is not what norma train writes: ", words_of(e));
  } catch (const Error& e) {
    fail(summary.string(), ": ", e.what());
  }
  return r;
}

void read_metrics(RunResult& r, const fs::path& folder, bool growing) {
  const std::string file = (folder / "metrics.jsonl").string(), judging = judging_set(r.config);
  std::string text = read_file(file);
  if (growing) text.resize(text.rfind('\n') + 1);
  if (text.empty()) return;  // no evaluation yet, or it diverged before the first
  for (const MetricsLine& line : parse_metrics(text, file)) {
    const auto find = [&](const std::string& key) {
      return std::ranges::find(line.entries, key, &MetricsLine::Entry::key);
    };
    const auto value = [&](const std::string& key) {
      const auto entry = find(key);
      check(entry != line.entries.end(), file, ": step ", line.step, " has no \"", key, "\"");
      return entry->value;
    };
    if (find("batch_loss") != line.entries.end())
      r.losses.push_back({line.step, value("batch_loss")});
    else
      r.evaluations.push_back({line.step,
                               value("epoch"),
                               value("lr"),
                               value("train_loss"),
                               {value(judging + "_loss"), value(judging + "_accuracy")}});
  }
}

RunResult read_run(const fs::path& folder) {
  std::error_code none;
  const fs::path model = folder / model_file("last");
  check(fs::is_directory(folder, none), folder.string(), ": there is no such folder");
  check(fs::exists(folder / "summary.json", none), folder.string(),
        fs::exists(folder / "metrics.jsonl", none) ? ": has no end yet; norma watch shows it"
                                                   : ": holds no finished run of norma train");
  RunResult r = read_summary(folder);
  read_metrics(r, folder);
  Metadata metadata;
  read_safetensors(model, &metadata);
  check(metadata.count("data"), model.string(), ": does not say what it learned from");
  r.about = read_about(metadata["data"], model.string());
  return r;
}

std::string summary_json(const RunResult& result) { return json_text(result_json(result), 2) + "\n"; }

void write_run(const fs::path& folder, const FinishedRun& run) {
  std::error_code error;
  fs::create_directories(folder, error);  // in case it was removed meanwhile
  const Metadata about = model_metadata(plan_of(run.result.config, run.result.about));
  write_safetensors(folder / model_file("last"), run.model.state_dict(), about);
  if (!run.best.empty()) write_safetensors(folder / model_file("best"), run.best, about);
  MetricsPosition from_the_first;
  write_file(folder / "metrics.jsonl", metrics_lines(run.result, from_the_first));
  write_file(folder / "summary.json", summary_json(run.result));
  write_file(folder / "config.json", to_json(run.result.config));
}

void write_run(const fs::path& folder, const FinishedRun& run, const RunRecord& record) {
  write_run(folder, run);
  write_file(folder / "about.json", record.finished());
}

bool is_whole_run(const fs::path& folder) {
  std::error_code error;
  for (const char* file : {"model.safetensors", "metrics.jsonl", "summary.json", "config.json"})
    if (!fs::is_regular_file(folder / file, error)) return false;
  const json summary = parse_json_or_discard(read_file(folder / "summary.json", 1 << 20));
  const bool has_best = summary.is_object() && summary.contains("/validation/best_step"_json_pointer) &&
                        !summary["/validation/best_step"_json_pointer].is_null();
  return !has_best || fs::is_regular_file(folder / model_file("best"), error);
}

}}  // namespace norma
