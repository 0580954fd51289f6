#include "data/formats/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void refuse(const std::string& what, int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO)
    throw DiskError(what + reason(error));
  fail(what, reason(error));
}

/// An open file descriptor, closed at the end of its scope.
struct Descriptor {
  int fd;
  explicit Descriptor(int f) : fd(f) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  /// 0, or the error that closing reported (on a network disk, the last chance to learn that a write failed).
  int close() {
    int failed = ::close(fd) < 0 && errno != EINTR ? errno : 0;  // interrupted: closed all the same
    fd = -1;
    return failed;
  }
};

/// Writes all bytes; 0 or the error.
int write_all(Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(file.fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

/// Opens what is there, which is no file, and writes into it; 0 or the error.
int write_into(const fs::path& path, std::string_view bytes) {
  Descriptor device(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (device.fd < 0) return errno;
  const int error = write_all(device, bytes);
  return error ? error : device.close();
}

/// Syncs a file or folder to the disk; 0 or the error. A file system that cannot sync is no error.
int sync(const Descriptor& file) {
  int failed;
  do failed = ::fsync(file.fd) < 0 ? errno : 0;
  while (failed == EINTR);
  return failed == EINVAL || failed == ENOSYS || failed == EOPNOTSUPP ? 0 : failed;
}

/// Makes a rename within `folder` durable; 0 or the error.
int sync_folder(const fs::path& folder) {
  Descriptor open_folder(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open_folder.fd >= 0) return sync(open_folder);
  return errno == EACCES || errno == EPERM ? 0 : errno;  // writable but not readable: nothing more to do
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Writes a file in the same folder, syncs it, renames it and syncs the folder; 0 or the error. The old file
/// has a second name meanwhile, so that it comes back if that last step fails.
int replace_file(const fs::path& path, std::string_view bytes) {
  static std::atomic<unsigned> count = 0;
  const fs::path folder = folder_of(path);
  fs::path temporary;
  Descriptor file(-1);
  do {  // a name left behind by a process that crashed may be taken: take the next
    temporary = folder / (".norma-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp");
    file.fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file.fd < 0 && errno == EEXIST);
  if (file.fd < 0) return errno;
  int error = write_all(file, bytes);
  if (!error) error = sync(file);
  if (!error) error = file.close();
  const fs::path old = temporary.string() + ".old.tmp";
  const int kept = error || ::link(path.c_str(), old.c_str()) == 0 ? 0 : errno;
  if (!error && ::rename(temporary.c_str(), path.c_str()) < 0) error = errno;
  if (error) {
    ::unlink(temporary.c_str());
  } else if ((error = sync_folder(folder))) {
    if (kept == 0) ::rename(old.c_str(), path.c_str());
    if (kept == ENOENT) ::unlink(path.c_str());
  }
  ::unlink(old.c_str());
  return error;
}

}  // namespace

std::string read_file(const fs::path& path, Index max_bytes) {
  Descriptor file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // waits for nobody to write to a pipe
  check(file.fd >= 0, path.string(), ": cannot be opened: ", reason(errno));
  struct stat about {};
  check(::fstat(file.fd, &about) == 0, path.string(), ": cannot be read: ", reason(errno));
  check(!S_ISDIR(about.st_mode), path.string(), ": expected a file, got a folder");
  check(!S_ISCHR(about.st_mode) && !S_ISBLK(about.st_mode), path.string(), ": is a device, expected a file");
  check(::fcntl(file.fd, F_SETFL, 0) == 0, path.string(), ": cannot be read: ", reason(errno));
  auto too_large = [&](auto size) {
    fail(path.string(), ": holds ", size, " bytes, at most ", max_bytes, " are read");
  };
  if (S_ISREG(about.st_mode) && about.st_size > max_bytes) too_large(about.st_size);

  // One byte more than the file is said to hold, so that the end is seen in the first round; then by
  // doubling, for a file that grows meanwhile or a pipe, which says 0.
  std::string bytes;
  const std::size_t most = static_cast<std::size_t>(max_bytes) + 1;
  std::size_t have = 0;
  for (std::size_t room = static_cast<std::size_t>(about.st_size) + 1;;
       room = std::min(std::max<std::size_t>(2 * room, 4096), most)) {
    bytes.resize(room);
    while (have < room) {
      ssize_t n = ::read(file.fd, bytes.data() + have, room - have);
      if (n < 0 && errno == EINTR) continue;
      check(n >= 0, path.string(), ": cannot be read: ", reason(errno));
      if (n == 0) {
        bytes.resize(have);
        return bytes;
      }
      have += static_cast<std::size_t>(n);
      if (have > static_cast<std::size_t>(max_bytes)) too_large("more than " + std::to_string(have - 1));
    }
  }
}

void write_file(const fs::path& path, std::string_view bytes) {
  std::error_code none;
  const fs::file_status status = fs::status(path, none);  // of what a link leads to
  const bool device = fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
  const fs::path target = !device && fs::is_symlink(path, none) ? fs::weakly_canonical(path, none) : path;
  const int error = device ? write_into(path, bytes) : replace_file(target, bytes);
  if (error) refuse(path.string() + ": cannot be written: ", error);
}

std::vector<fs::path> list_folder(const fs::path& folder) {
  const auto left_by_systems = {
      "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information",
      "@eadir",    "#recycle",    "__macosx",    "lost+found"};
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!name.starts_with('.') && std::count(left_by_systems.begin(), left_by_systems.end(), name) == 0)
      all.push_back(entry->path());
  }
  check(!error, folder.string(), ": cannot be read: ", error.message());
  std::sort(all.begin(), all.end());
  return all;
}

void move_file(const fs::path& from, const fs::path& to) {
  int error = ::rename(from.c_str(), to.c_str()) < 0 ? errno : 0;
  if (!error && (error = sync_folder(folder_of(to)))) ::rename(to.c_str(), from.c_str());
  if (error) refuse(to.string() + ": " + from.string() + " cannot take its place: ", error);
}

}}  // namespace norma
