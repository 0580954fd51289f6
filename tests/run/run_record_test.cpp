// What a run leaves while it goes on: lines as they come are those of the end; a failed run leaves nothing.
#include "apps/run/run_record.h"

#include <doctest/doctest.h>

#include "apps/run/json.h"
#include "apps/run/trainer.h"
#include "data/formats/files.h"
#include "tests/support/small_runs.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_run_record_test {

namespace fs = std::filesystem;

RunConfig short_run() {
  RunConfig config;
  config.hidden = {8};
  config.steps = 30;
  config.eval_every = 7;
  config.log_every = 4;
  return resolve(config, digits()).config;
}

RunResult begun() {
  RunResult result;
  result.config = short_run();
  return result;
}

std::string all_lines(const RunResult& result) {
  MetricsPosition from_the_first;
  return metrics_lines(result, from_the_first);
}

TEST_CASE("metrics.jsonl grows by each evaluation to what it is at the end") {
  const TemporaryFolder folder;
  const fs::path run_folder = folder.path / "run", metrics = run_folder / "metrics.jsonl";
  RunRecord record(run_folder, data_record(digits()));
  CHECK_FALSE(fs::exists(run_folder));
  RunHooks hooks;
  std::vector<std::string> seen;
  hooks.record = [&](const RunResult& r) {
    record.add(r);
    seen.push_back(read_file(metrics));
    CHECK(seen.back() == all_lines(r));
  };
  const FinishedRun finished = run(short_run(), digits(), hooks);
  REQUIRE(seen.size() == 6);  // and at the beginning
  for (std::size_t i = 1; i < seen.size(); ++i) CHECK(seen[i].starts_with(seen[i - 1]));
  CHECK(seen.back() == all_lines(finished.result));
  record.keep();

  // A run that goes on begins with the lines that were there
  RunResult half = finished.result;
  half.evaluations.resize(2);
  half.losses.resize(3);
  half.steps = 14;
  RunRecord again(run_folder, data_record(digits()));
  again.add(half);
  CHECK(read_file(metrics) == seen[2]);
  again.add(finished.result);
  CHECK(read_file(metrics) == seen.back());
  again.keep();
}

TEST_CASE("about.json says of what, when and where a run was made") {
  const TemporaryFolder folder;
  RunRecord record(folder.path / "run", data_record(digits()));
  record.add(begun());
  const json before = parse_json(read_file(folder.path / "run/about.json")),
             after = parse_json(record.finished());
  for (const char* key : {"program", "command", "started", "system", "processor", "blas", "config"}) {
    CHECK_MESSAGE(before.contains(key), key);
    CHECK(before[key] == after[key]);
  }
  CHECK(before["finished"].is_null());
  CHECK(after["finished"].get<std::string>().size() == 24);
  CHECK(before["program"].get<std::string>().starts_with("norma "));
  CHECK(before["command"].size() >= 1);
  CHECK(before["config"]["steps"] == 30);
  CHECK(before["data"]["name"] == "digits");
  CHECK(before["data"]["training"]["samples"] == digits().train.size());
  CHECK(before["data"]["test"]["checksum"] == checksum(digits().test));
}

TEST_CASE("a record that is not kept leaves nothing") {
  const TemporaryFolder folder;
  {
    RunRecord record(folder.path / "run", data_record(digits()));
    record.add(begun());
    CHECK(fs::exists(folder.path / "run/about.json"));
  }
  CHECK(fs::is_empty(folder.path / "run"));
  std::ofstream(folder.path / "file") << "x";
  CHECK_THROWS(RunRecord(folder.path / "file" / "run", "{}").add(begun()));
}

}}}  // namespace norma::run_run_record_test
