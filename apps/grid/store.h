// The outcomes of a grid on disk, one file each, which says what the outcome depends on: one that was kept
// under other circumstances is not found.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/grid/locks.h"
#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// What one piece of work found: named rows of finite numbers, or NaN.
using Outcome = std::map<std::string, std::vector<double>, std::less<>>;

/// What every outcome of this program on these data depends on, by name: the bytes of the program, and the
/// data's.
std::map<std::string, std::string> circumstances_of(const DataPair& data);

/// "norm=batch, lr=0.1" → "norm-batch-lr-0.1", at most 100 characters.
std::string file_name(const std::string& arm);

class Store {
 public:
  Store() = default;  // keeps nothing
  /// Outcomes in `folder`, unless its name is empty. What a killed process left half written there is swept
  /// away. any_build: outcomes of another build of the program count too. Several processes that were started
  /// together make it at once, and share the folder: CommonFailure if they do not, or if their data or builds
  /// differ.
  Store(std::filesystem::path folder, const DataPair& data, bool any_build = false);

  /// The outcome in `file`, if it is there, whole, and of these settings, data and build.
  std::optional<Outcome> find(const std::string& file, const std::string& settings) const;
  /// The same in the text of such a file.
  std::optional<Outcome> read(const std::string& text, const std::string& settings) const;
  /// Error if it cannot be written; it is whole or not there. Returns the text.
  std::string keep(const std::string& file, const std::string& settings, const Outcome& outcome) const;

  /// Who does what, if several processes share the store; else null.
  const JobLocks* locks() const { return locks_.get(); }
  /// After the last job: waits in the first of several processes until the others are so far too.
  void close();

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> circumstances_;
  bool any_build_ = false;
  std::shared_ptr<JobLocks> locks_;
};

/// Copies the files in `from`, if there is such a folder, and in those below to `to`, except what is there
/// already. Each is whole or not there. Error if one cannot be read or written.
void copy_missing(const std::filesystem::path& from, const std::filesystem::path& to);

/// Removes the temporary files that a killed process left in `folder` and below.
void sweep(const std::filesystem::path& folder);

}}  // namespace norma
