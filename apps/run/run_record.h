// What a run leaves while it goes on: RUN/metrics.jsonl, which grows by a line at each evaluation, and
// RUN/about.json, which says where, when and of what it was made. Neither is a result: the one is written
// again, whole, at the end, and reruns are not compared by the other.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "apps/run/result.h"
#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// How far the lines of a run's metrics.jsonl have been written.
struct MetricsPosition {
  std::size_t evaluations = 0, losses = 0;
};

/// The lines of metrics.jsonl that follow `at`, which moves on: one for each evaluation, and for each
/// logged step, in the order of the steps.
std::string metrics_lines(const RunResult& result, MetricsPosition& at);

/// The data of a run by name, size and checksum, as about.json has them.
std::string data_record(const DataPair& data);

/// Whether the run in `folder` was trained on data.train, as far as its about.json says; true without one.
bool trained_on(const std::filesystem::path& folder, const DataPair& data);

class RunRecord {
 public:
  /// For a run in `folder`, in which there is nothing yet. `data`: data_record().
  RunRecord(std::filesystem::path folder, std::string data);
  RunRecord(const RunRecord&) = delete;
  RunRecord& operator=(const RunRecord&) = delete;
  ~RunRecord();  // removes both files, unless keep() was called: the run failed

  /// Adds what is new; the first time it makes the folder and begins the files. Error if that cannot be
  /// written; a disk that is full later is found at the end, when the results are written.
  void add(const RunResult& result);
  void keep() { keep_ = true; }

  /// about.json of the finished run.
  std::string finished() const;

 private:
  std::string about(bool finished) const;

  std::filesystem::path folder_;
  std::ofstream metrics_;
  MetricsPosition at_;
  std::string data_, config_, started_;
  bool begun_ = false, keep_ = false;
};

}}  // namespace norma
