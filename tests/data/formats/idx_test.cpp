// IDX files, plain and gzipped, and every way they can be wrong.
#include "data/formats/idx.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/support/errors.h"
#include "tests/support/idx_files.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_idx_test {

namespace fs = std::filesystem;
using Bytes = std::string;

TEST_CASE("IDX files are read plain and gzipped, whatever their name") {
  TemporaryFolder folder;
  write(folder / "plain", images(5));
  write_gzip(folder / "zipped", images(5));
  for (const char* name : {"plain", "zipped"}) {
    IdxFile file = read_idx(folder / name, 3);
    CHECK(file.shape == Shape{5, 2, 3});
    CHECK(Bytes(file.values.begin(), file.values.end()) == images(5).substr(16));
  }
  write(folder / "labels", labels(5));
  CHECK(read_idx(folder / "labels", 1).values == std::vector<std::uint8_t>{0, 1, 2, 0, 1});
}

TEST_CASE("IDX files that are wrong are refused, and the message says what was found and expected") {
  TemporaryFolder folder;
  auto error = [&](const Bytes& bytes, int rank = 3) {
    write(folder / "file", bytes);
    return error_of([&] { read_idx(folder / "file", rank); });
  };
  std::string name = (folder / "file").string();
  CHECK(says(error("hello, world"), {name, "not an IDX file", "0x00000803", "got 0x68656c6c"}));
  CHECK(says(error(idx(0x0d, {1, 1, 1}, "1234")), {name, "0x00000d03", "not unsigned bytes", "0x00000803"}));
  CHECK(says(error(labels(3)), {name, "0x00000801", "rank 1", "0x00000803 (images)"}));
  CHECK(says(error(images(3), 1), {name, "0x00000803", "rank 3", "0x00000801 (labels)"}));
  CHECK(says(error(images(5).substr(0, 40)), {name, "cut short", "24 bytes", "(5, 2, 3) = 30"}));
  CHECK(says(error(images(5) + "x"), {name, "goes on after the 30 bytes", "(5, 2, 3)"}));
  CHECK(says(error(idx(8, {0, 2, 3}, "")), {name, "(0, 2, 3)", "empty"}));
  CHECK(says(error(idx(8, {2, 0, 3}, "")), {name, "(2, 0, 3)", "1 to 4096"}));
  CHECK(says(error(idx(8, {1, 5000, 1}, "")), {name, "(1, 5000, 1)", "1 to 4096"}));
  CHECK(says(error(idx(8, {4294967295, 4294967295, 4294967295}, "")), {name, "4294967295", "1 to 4096"}));
  CHECK(says(error(idx(8, {4294967295, 4096, 4096}, "")), {name, "4294967295", "at most 4294967296"}));
  CHECK(says(error(idx(8, {4000000, 32, 32}, "abc")), {name, "cut short", "3 bytes", "4096000000"}));
  CHECK(says(error(""), {name, "cut short", "0 bytes"}));
  CHECK(says(error_of([&] { read_idx(folder / "none", 3); }), {"none", "cannot be opened", "No such file"}));
  CHECK(says(error_of([&] { read_idx(folder.path, 3); }), {folder.path.string(), "got a folder"}));
}

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("IDX files cut or changed anywhere give an error or values, never a crash") {
  TemporaryFolder folder;
  write_gzip(folder / "zipped", images(5));
  Bytes zipped = read(folder / "zipped");
  for (const Bytes& whole : {images(5), zipped})
    for (std::size_t n = 0; n < whole.size(); ++n) {
      write(folder / "cut", whole.substr(0, n));
      CHECK(error_of([&] { read_idx(folder / "cut", 3); }) != "no error");
    }
  int damaged = 0;
  for (std::size_t n = 0; n < zipped.size(); ++n) {
    Bytes bytes = zipped;
    bytes[n] = static_cast<char>(~bytes[n]);
    write(folder / "changed", bytes);
    std::string text = error_of([&] { read_idx(folder / "changed", 3); });
    damaged += text.find("damaged gzip data: ") != text.npos;
  }
  CHECK(damaged > static_cast<int>(zipped.size()) / 2);
  write(folder / "cut", zipped.substr(0, zipped.size() - 4));
  CHECK(says(error_of([&] { read_idx(folder / "cut", 3); }), {"gzip data end too early"}));
}

}  // namespace data_formats_idx_test
}}  // namespace norma
