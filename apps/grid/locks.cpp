#include "apps/grid/locks.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "apps/run/agreement.h"
#include "apps/run/processes.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

std::string presence_of(int rank) { return "process-" + std::to_string(rank); }

}  // namespace

LockedFile::LockedFile(const fs::path& file) : file_(file) {
  fs::create_directories(file.parent_path());
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  check(fd_ >= 0, file.string(), ": ", std::generic_category().message(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  const bool taken = errno == EWOULDBLOCK;
  ::close(std::exchange(fd_, -1));
  check(taken, file.string(), ": this file system has no locks, which several processes need; use --shard");
}

LockedFile::LockedFile(LockedFile&& other) noexcept
    : file_(std::move(other.file_)), fd_(std::exchange(other.fd_, -1)) {}

LockedFile& LockedFile::operator=(LockedFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(fd_, other.fd_);
  return *this;
}

LockedFile::~LockedFile() {
  if (held()) ::close(fd_);
}

std::string LockedFile::text() const {
  std::string text;
  char part[4096];
  for (;;) {
    const ssize_t n = ::pread(fd_, part, sizeof part, off_t(text.size()));
    if (n <= 0) return text;
    text.append(part, n);
  }
}

void LockedFile::say(const std::string& text) const {
  if (::ftruncate(fd_, 0) != 0) return;
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t n = ::pwrite(fd_, text.data() + written, text.size() - written, off_t(written));
    if (n <= 0) return;
    written += n;
  }
}

JobLocks::JobLocks(fs::path folder) : folder_(std::move(folder)) {
  const int rank = Processes::all().rank();
  const fs::path sign = folder_ / "started";
  std::string words;
  if (rank == 0) {
    fs::create_directories(folder_);
    words = concat(::getpid(), " ", std::chrono::system_clock::now().time_since_epoch().count());
    write_file(sign, words);
  }
  words = told_by_first(words);
  std::error_code none;
  check(fs::exists(sign, none) && read_file(sign) == words, folder_.parent_path().string(),
        ": expected a folder that all processes share");
  presence_ = take(presence_of(rank));
  go_on(Stage::apart);
}

LockedFile JobLocks::take(const std::string& job) const { return LockedFile(folder_ / job); }

bool JobLocks::begun(const std::string& job) const {
  std::error_code none;
  return fs::exists(folder_ / job, none);
}

void JobLocks::close() {
  presence_ = LockedFile();
  if (Processes::all().rank() > 0) return;
  for (int rank = 1; rank < Processes::all().size(); ++rank)
    while (!take(presence_of(rank)).held()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}}  // namespace norma
