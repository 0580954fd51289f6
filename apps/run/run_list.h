// The runs below a folder, as `norma runs` lists them.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/run/config.h"

namespace norma { inline namespace NORMA_BUILD {

struct ListedRun {
  std::filesystem::path path = {};  // begins with the folder that was searched
  RunConfig config = {};
  std::string data = {};    // "MNIST, /data/mnist"
  std::string status = {};  // "finished", "diverged", "stopped", "running" or "broken off"
  Index steps = 0;          // taken
  double accuracy = NAN;    // on the test set, at the end or at the last evaluation; NaN: not measured
  std::string date = {};    // of its last change, local time: "2026-03-01 14:05"
  std::string note = {};    // RUN/note.txt
};

/// The runs in `folder` and below, a comparison's too, in the byte order of their paths; hidden folders and
/// folded networks are passed over. A run that cannot be read is left out, and a line says why in
/// `unreadable`. Error if there is no such folder.
std::vector<ListedRun> list_runs(const std::filesystem::path& folder, std::vector<std::string>& unreadable);

/// What a run says of `column`: run, data, status, steps, test, date, note, or an option by its name, as on
/// the command line. Error that names the nearest if there is none.
std::string value_of(const ListedRun& run, const std::string& column);

/// Sorts by a column, numbers by size; runs of equal values stay in their order, those without one come last.
void sort_runs(std::vector<ListedRun>& runs, const std::string& column, bool reverse);

/// Keeps the runs of which each "column=value" is true. Error unless the texts are such.
void filter_runs(std::vector<ListedRun>& runs, const std::vector<std::string>& conditions);

/// Writes RUN/note.txt; without words removes it. Error if there is no run in the folder.
void write_note(const std::filesystem::path& run, const std::string& words);

}}  // namespace norma
