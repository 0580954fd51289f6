// The folder that a command leaves results in, which may hold older ones: complete results are never removed
// before their replacement is complete.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// The folder that a command leaves its results in. While one exists, no other process can have one for the
/// same folder. Results are written into a staging folder in it and put in their place, replacing older ones,
/// once they are complete: a command that fails, or is killed, leaves what was there. A replacement that was
/// cut short is undone by whatever opens the folder next.
class ResultsFolder {
 public:
  /// Makes `folder` and whatever is above it. An empty one stands for runs/NNN-kind, numbered on. Error if it
  /// cannot be written, if another process is at work there, or if it holds results already and not
  /// `overwrite`; a "compare" may continue an unfinished comparison.
  ResultsFolder(std::filesystem::path folder, const std::string& kind, bool overwrite);
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;
  ~ResultsFolder();  // removes what was not published, and the folders that are new and empty

  const std::filesystem::path& path() const { return folder_; }

  /// Where to write the results. With `at_once` that is the folder itself if there are no older ones: a long
  /// command leaves what it has. An unfinished comparison is there still.
  const std::filesystem::path& staging(bool at_once = false);

  /// The same folder, emptied if it is not the results' own.
  const std::filesystem::path& clean_staging();

  /// Puts them in their place. Removes the older ones, what `norma fold` and `norma inspect` made of them, a
  /// checkpoint that is not among the new ones, and outcomes_in(); nothing else.
  void publish();

 private:
  std::filesystem::path folder_, staging_;
  bool compares_, goes_on_ = false;
  int lock_ = -1;
  std::vector<std::filesystem::path> made_;  // of it and those above it, the innermost first
};

/// A folder to write into, made with whatever is above it, where no other process is at work while this
/// exists. What was made goes again if it stays empty.
class LockedFolder {
 public:
  /// Error, naming the option, if it cannot be written, or if another process is at work there.
  LockedFolder(const std::filesystem::path& folder, const std::string& option);
  LockedFolder(const LockedFolder&) = delete;
  LockedFolder& operator=(const LockedFolder&) = delete;
  ~LockedFolder();

 private:
  int lock_ = -1;
  std::vector<std::filesystem::path> made_;  // the innermost first
};

/// The file of a run's folder that holds its "last" or its "best" weights.
std::string model_file(const std::string& weights);

/// Where a comparison in `folder` keeps the outcomes of its runs until it is complete.
std::filesystem::path outcomes_in(const std::filesystem::path& folder);

/// Whether there is a run or a comparison, whole or in part, or files that are named as theirs are.
bool holds_results(const std::filesystem::path& folder);

/// Whether there is a run or a comparison, whole or in part, and it says that it is norma's.
bool holds_run(const std::filesystem::path& folder);

/// Removes the run or comparison in `folder` with all that norma made of it, and the folder if nothing else
/// is in it. Error if there is none, if `folder` is a symbolic link, if another process is at work there, or
/// if a file cannot be removed.
void remove_run(const std::filesystem::path& folder);

/// Error, naming the option, if `file` is one that the run keeps its results in.
void check_not_own(const std::filesystem::path& run, const std::string& option,
                   const std::filesystem::path& file);

/// Whether another process, or this one, is at work on the results in `folder`.
bool at_work(const std::filesystem::path& folder);

/// Undoes a replacement of results that was cut short, if there was one and nobody is at work there.
void recover_results(const std::filesystem::path& folder);

/// Makes a folder whose results may be there already, and are added to. Error, naming the option, if it
/// cannot be written; what was made is removed again.
std::filesystem::path make_results_folder(const std::filesystem::path& folder,
                                          const std::string& option = "--out");

}}  // namespace norma
