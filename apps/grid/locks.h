// Which of several processes does which job of a grid. They tell each other by files in a folder that they
// share, each locked by who is at the job: a lock goes with its process, however that ends, so that others
// take over what it had begun. MPI itself would not outlive the death of a process.
#pragma once

#include <filesystem>
#include <string>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// A file that this process has locked, unless another one had.
class LockedFile {
 public:
  LockedFile() = default;
  /// Makes the file and the folder it is in. Error if that cannot be, or if the file system has no locks.
  explicit LockedFile(const std::filesystem::path& file);
  LockedFile(LockedFile&& other) noexcept;
  LockedFile& operator=(LockedFile&& other) noexcept;
  ~LockedFile();

  bool held() const { return fd_ >= 0; }

  /// What it says, read and written under the lock. On a full disk it says less.
  std::string text() const;
  void say(const std::string& text) const;

 private:
  std::filesystem::path file_;
  int fd_ = -1;
};

/// Who is at which job, of processes that were started together.
class JobLocks {
 public:
  /// Made by all processes at once; the first one makes `folder`, in which nothing may be. CommonFailure if
  /// they do not share it.
  explicit JobLocks(std::filesystem::path folder);

  /// The job of this name, unless another process is at it.
  LockedFile take(const std::string& job) const;
  /// Whether a process has begun with it since they were started.
  bool begun(const std::string& job) const;

  /// This process needs no outcomes any more. The first one waits for the others and removes the folder.
  void close();

 private:
  std::filesystem::path folder_;
  LockedFile presence_;
};

}}  // namespace norma
