// The folder that a run leaves behind (apps/run/run_record.h has what is there while it goes on):
//   config.json        every option, resolved: enough to run again
//   metrics.jsonl      one line per evaluation and per logged step
//   summary.json       what came out, with times
//   model.safetensors  the weights and running statistics, under PyTorch's names; and in its
//                     metadata the layers and what they learned from (layers/network/load_run.h)
//   model-best.safetensors  with --validation: the same of the best evaluation
#pragma once

#include <filesystem>

#include "apps/run/run_record.h"
#include "apps/run/trainer.h"

namespace norma { inline namespace NORMA_BUILD {

/// Writes the files. Error if one cannot be written; each is complete or not there.
void write_run(const std::filesystem::path& folder, const FinishedRun& run);
/// The same, and about.json.
void write_run(const std::filesystem::path& folder, const FinishedRun& run, const RunRecord& record);

/// Whether they are there.
bool is_whole_run(const std::filesystem::path& folder);

/// Of a finished run what config.json and summary.json have: all but its series and `about`. Error, naming
/// the file, if one is not there or is not what write_run() writes.
RunResult read_summary(const std::filesystem::path& folder);

/// Adds the evaluations and losses in metrics.jsonl; `growing`: a last line without an end is one that is
/// being written, and left out. Error, naming the file and the step, if it is not such.
void read_metrics(RunResult& result, const std::filesystem::path& folder, bool growing = false);

/// The result of a finished run, from config.json, summary.json, metrics.jsonl and what model.safetensors
/// says of the data. Error, naming the file, if one is not there or is not what write_run() writes; and one
/// that says so if the run has no end yet.
RunResult read_run(const std::filesystem::path& folder);

/// The result without series, as JSON text: what summary.json holds. Figures that were not measured are null.
std::string summary_json(const RunResult& result);

}}  // namespace norma
