// The metrics.jsonl of a run for other programs: as a table, and as the points of curves.
#pragma once

#include <string>
#include <vector>

#include "data/formats/event_file.h"

namespace norma { inline namespace NORMA_BUILD {

/// What one line says: a number under each key. NaN: it was not finite.
struct MetricsLine {
  struct Entry {
    std::string key, text;  // as it stands in the file; "" if it was not finite
    double value;
  };
  std::vector<Entry> entries;
  std::int64_t step;
};

/// Reads metrics.jsonl from its text. Error, naming `where` and the line, unless there are lines, each an
/// object of numbers (or null) with a whole "step" from 0.
std::vector<MetricsLine> parse_metrics(const std::string& text, const std::string& where);

/// A comma-separated table (RFC 4180) with one row per line and one column per key, in the order in which
/// they first come; numbers to the same digits, an empty cell if there is none.
std::string metrics_csv(const std::vector<MetricsLine>& lines);

/// A point for each number, as TensorBoard shows them: "loss/train", "loss/test", "accuracy/test",
/// "loss/batch"; other keys are their own tags.
std::vector<Scalar> metrics_scalars(const std::vector<MetricsLine>& lines);

}}  // namespace norma
