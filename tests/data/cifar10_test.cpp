// CIFAR-10's binary version, on files of its format that the test writes.
#include "data/cifar10.h"

#include <doctest/doctest.h>

#include "core/random.h"
#include "data/formats/cifar.h"
#include "data/load.h"
#include "tests/support/errors.h"
#include "tests/support/pictures.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_cifar10_test {

namespace fs = std::filesystem;

/// n records; of record i the label is (first + i) mod 10, and the pixels are noise by the seed.
std::string records(int n, int first, std::uint64_t seed) {
  Rng rng(seed);
  std::string bytes;
  for (int i = 0; i < n; ++i) {
    bytes += static_cast<char>((first + i) % 10);
    for (int p = 0; p < 3072; ++p) bytes += static_cast<char>(rng.below(256));
  }
  return bytes;
}

const char* const names[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                             "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};

void put_set(const fs::path& folder) {
  for (int i = 0; i < 6; ++i) put_file(folder / names[i], records(i + 1, i, static_cast<std::uint64_t>(i)));
}

TEST_CASE("CIFAR-10: records become labelled pictures, in the order of the files") {
  TemporaryFolder folder;
  put_set(folder.path);
  const DataPair pair = read_cifar10(folder.path);
  CHECK((pair.train.size() == 15 && pair.test.size() == 6));
  CHECK(pair.train.sample == Shape{3, 32, 32});
  CHECK((pair.train.classes == 10 && pair.test.class_name(9) == "truck" &&
         pair.test.class_name(0) == "airplane"));
  CHECK(std::vector<int>(pair.train.labels.begin(), pair.train.labels.end()) ==
        std::vector<int>{0, 1, 2, 2, 3, 4, 3, 4, 5, 6, 4, 5, 6, 7, 8});
  const std::string second = records(2, 1, 1);
  for (Index p = 0; p < 3072; ++p)
    REQUIRE(pair.train.pixels[2 * 3072 + p] ==
            static_cast<std::uint8_t>(second[3074 + static_cast<std::size_t>(p)]));
}

TEST_CASE("CIFAR-10: found by name in each of its places, and as a folder") {
  for (const char* place : {"cifar10", "cifar-10-batches-bin", "."}) {
    INFO(place);
    TemporaryFolder folder;
    put_set(folder.path / place);
    CHECK(load_data("cifar10", folder.path).train.name == "CIFAR-10");
    CHECK(load_data((folder.path / place).string()).test.size() == 6);
  }
  TemporaryFolder empty;
  CHECK(says(error_of([&] { load_data("cifar10", empty.path); }),
             {empty.path.string(), "cifar10: CIFAR-10 is not there", "test_batch.bin", "-DSET=cifar10"}));
}

TEST_CASE("CIFAR-10: a file cut at any byte is whole records or an error") {
  const std::string whole = records(2, 0, 1);
  int taken = 0;
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    const std::string error = error_of([&] { decode_cifar(std::string_view(whole).substr(0, n), "x.bin"); });
    taken += error == "no error";
    if (error != "no error")
      REQUIRE(says(error, {"x.bin: expected records of 3073 bytes", std::to_string(n)}));
  }
  CHECK(taken == 2);
}

TEST_CASE("CIFAR-10: what is wrong is one line that names the file") {
  const struct {
    const char* what;
    void (*change)(const fs::path&);
    std::initializer_list<std::string> wanted;
  } cases[] = {
      {"a missing file", [](const fs::path& f) { fs::remove(f / names[2]); }, {": has no data_batch_3.bin"}},
      {"no test file", [](const fs::path& f) { fs::remove(f / names[5]); }, {": has no test_batch.bin"}},
      {"an empty file", [](const fs::path& f) { put_file(f / names[1], ""); }, {"data_batch_2.bin", "got 0"}},
      {"a label past 9",
       [](const fs::path& f) {
         std::string bytes = records(3, 0, 8);
         bytes[2 * 3073] = 10;
         put_file(f / names[4], bytes);
       },
       {"data_batch_5.bin: label 2: expected at most 9, got 10"}},
      {"the archive's file twice",
       [](const fs::path& f) {
         fs::copy_file(f / names[0], f / names[3], fs::copy_options::overwrite_existing);
       },
       {"data_batch_4.bin: holds what", "data_batch_1.bin holds"}},
      {"a training file as the test file",
       [](const fs::path& f) {
         fs::copy_file(f / names[1], f / names[5], fs::copy_options::overwrite_existing);
       },
       {"test_batch.bin: holds what", "data_batch_2.bin holds"}},
      {"a folder for a file",
       [](const fs::path& f) {
         fs::remove(f / names[0]);
         fs::create_directory(f / names[0]);
       },
       {"data_batch_1.bin", "folder"}},
      {"an IDX file",
       [](const fs::path& f) { put_file(f / names[0], std::string(4000, '\1')); },
       {"got 4000"}},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    TemporaryFolder folder;
    put_set(folder.path);
    c.change(folder.path);
    const std::string error = error_of([&] { load_data("cifar10", folder.path); });
    CHECK(says(error, c.wanted));
    CHECK(error.find('\n') == std::string::npos);
  }
}

}  // namespace data_cifar10_test
}}  // namespace norma
