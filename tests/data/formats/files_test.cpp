// Whole files: read up to a limit, and written all at once.
#include "data/formats/files.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_files_test {

namespace fs = std::filesystem;

TEST_CASE("a pipe is read to its end or a limit, and one that nobody writes to is empty") {
  TemporaryFolder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_file(pipe).empty());
  auto read_from_pipe = [](std::size_t written, Index limit) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], std::string(written, 'x').data(), written) == static_cast<ssize_t>(written));
    ::close(ends[1]);
    std::string text;
    const std::string error =
        error_of([&] { text = read_file("/dev/fd/" + std::to_string(ends[0]), limit); });
    ::close(ends[0]);
    return error == "no error" ? text : error;
  };
  CHECK(read_from_pipe(20000, 20000) == std::string(20000, 'x'));
  CHECK(says(read_from_pipe(20000, 19999), {"/dev/fd/", "holds more than 19999 bytes, at most 19999"}));
}

TEST_CASE("a file is read up to a limit") {
  TemporaryFolder folder;
  std::string bytes(10000, 'x');
  bytes[5000] = '\0';
  write_file(folder / "file", bytes);
  CHECK(read_file(folder / "file") == bytes);
  CHECK(read_file(folder / "file", 10000) == bytes);
  CHECK(says(error_of([&] { read_file(folder / "file", 9999); }), {"file: holds 10000 bytes, at most 9999"}));
  for (const char* device : {"/dev/zero", "/dev/null"})
    CHECK(says(error_of([&] { read_file(device); }), {device, "is a device, expected a file"}));
  CHECK(says(error_of([&] { read_file(folder.path); }), {"got a folder"}));
  CHECK(says(error_of([&] { read_file(folder / "none"); }),
             {"none: cannot be opened: No such file or directory"}));
  write_file(folder / "empty", "");
  CHECK(read_file(folder / "empty").empty());
}

TEST_CASE("a file that cannot be written leaves the old one and nothing else") {
  TemporaryFolder folder;
  write_file(folder / "file", "old");
  write_file(folder / "file", "new");
  CHECK(read_file(folder / "file") == "new");

  struct rlimit before, small;
  ::getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 1000;
  auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string text = error_of([&] { write_file(folder / "file", std::string(5000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  CHECK(says(text, {(folder / "file").string(), "cannot be written: File too large"}));
  CHECK(read_file(folder / "file") == "new");
  CHECK(folder.files() == 1);

  fs::create_directory(folder / "taken");
  CHECK(says(error_of([&] { write_file(folder / "taken", "x"); }), {"taken: cannot be written"}));
  CHECK(says(error_of([&] { write_file(folder / "none/file", "x"); }),
             {"none/file: cannot be written: No such file"}));
  CHECK(folder.files() == 2);
}

TEST_CASE(
    "a folder is listed in the order of its names, without what is hidden and what systems leave there") {
  TemporaryFolder folder;
  for (const char* name : {"b", "a", "B", ".hidden", "Thumbs.db", "DESKTOP.INI"})
    write_file(folder / name, "");
  fs::create_directory(folder / "folder");
  fs::create_directory(folder / "@eaDir");
  std::vector<std::string> names;
  for (const fs::path& path : list_folder(folder.path)) names.push_back(path.filename().string());
  CHECK(names == std::vector<std::string>{"B", "a", "b", "folder"});
  CHECK(error_of([&] { list_folder(folder / "none"); }) != "no error");
}

TEST_CASE("a file is moved over another, or stays where it is") {
  TemporaryFolder folder;
  write_file(folder / "from", "new");
  write_file(folder / "to", "old");
  move_file(folder / "from", folder / "to");
  CHECK(read_file(folder / "to") == "new");
  CHECK(folder.files() == 1);
  CHECK(says(error_of([&] { move_file(folder / "to", folder / "none/to"); }), {"none/to"}));
  CHECK(read_file(folder / "to") == "new");
}

}  // namespace data_formats_files_test
}}  // namespace norma
