// The folder that a run leaves behind:
//   config.json        every option, resolved: enough to run again
//   metrics.jsonl      a line an evaluation, and one a logged step
//   summary.json       what came out, with times
//   model.safetensors  the weights and running statistics, under PyTorch's names; and what
//                     it learned from, in its metadata (apps/trained.h)
#pragma once

#include <filesystem>

#include "apps/experiment.h"

namespace norma::inline NORMA_BUILD {

/// Makes `folder` and whatever is above it, and checks that files can be written there. An empty `folder`
/// stands for runs/NNN-kind, numbered on. Error if it holds a run or a comparison already and not
/// `overwrite`, or cannot be written. With `overwrite` a run that was stopped there can no longer be gone on
/// with; results stay until NewResults replaces them. Returns the folder.
std::filesystem::path make_run_folder(std::filesystem::path folder, const std::string& kind, bool overwrite);

/// The same for a folder whose results may be there already, and are added to. Its last part may not be empty.
std::filesystem::path make_results_folder(const std::filesystem::path& folder);

/// Results of a command on their way into its folder: written aside, in a folder in it, and put in their place, that of
/// older ones too, when they are complete. A command that fails, or is stopped before that, leaves what was there.
class NewResults {
 public:
  /// With `at_once` they are written where they belong if there are no older ones: a long command leaves what it has.
  explicit NewResults(std::filesystem::path folder, bool at_once = false);
  NewResults(const NewResults&) = delete;
  NewResults& operator=(const NewResults&) = delete;
  ~NewResults();  // takes away what was not published

  /// Where to write them.
  const std::filesystem::path& room() const { return room_; }

  /// Puts them in their place. Takes away the old ones, and what `norma fold` and `norma inspect` left beside them; nothing else.
  void publish();

 private:
  std::filesystem::path folder_, room_;
};

/// Writes the four files. Error if one cannot be written; each is complete or not there.
void write_run(const std::filesystem::path& folder, const FinishedRun& run);

/// The result without series, as JSON text: what summary.json holds. Figures that were not measured are null.
std::string summary_json(const RunResult& result);

}  // namespace norma::inline NORMA_BUILD
