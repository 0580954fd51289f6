// Where data sets are found: every error of a folder is made here on purpose.
#include "data/load.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "data/dataset.h"
#include "tests/support/errors.h"
#include "tests/support/idx_files.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_load_test {

namespace fs = std::filesystem;
using Bytes = std::string;

/// Sets an environment variable, or unsets it if `value` is null, until the end of its scope.
struct Environment {
  std::string name;
  std::optional<std::string> old;
  Environment(const char* variable, const char* value) : name(variable) {
    if (const char* v = std::getenv(variable)) old = v;
    set(value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { set(old ? old->c_str() : nullptr); }
  void set(const char* value) const {
    if (value)
      ::setenv(name.c_str(), value, 1);
    else
      ::unsetenv(name.c_str());
  }
};

/// A set of seven training and four test images.
void write_set(const fs::path& folder, const std::string& prefix = "", const std::string& test = "t10k") {
  fs::create_directories(folder);
  write(folder / (prefix + "train-images-idx3-ubyte"), images(7));
  write(folder / (prefix + "train-labels-idx1-ubyte"), labels(7));
  write_gzip(folder / (prefix + test + "-images-idx3-ubyte.gz"), images(4));
  write_gzip(folder / (prefix + test + "-labels-idx1-ubyte.gz"), labels(4));
}

TEST_CASE("MNIST is looked for in data_dir, NORMA_DATA_DIR and the caches, in this order") {
  TemporaryFolder folder;
  Environment data("NORMA_DATA_DIR", (folder / "data").c_str()), home("HOME", (folder / "home").c_str()),
      cache("XDG_CACHE_HOME", (folder / "cache").c_str());
  fs::path in_home = folder / "home/.cache/norma/mnist", in_cache = folder / "cache/norma/mnist";

  CHECK(says(error_of([] { load_data("mnist"); }),
             {(folder / "data/mnist").string() + ", " + in_cache.string() + ", " + in_home.string(),
              "cmake -P data/fetch_mnist.cmake"}));
  CHECK(load_data("", {}, {.train = 20, .test = 10}).train.name == "digits");

  for (const fs::path& place : {in_home, in_cache, folder / "data", folder / "data/mnist"}) {
    write_set(place);
    CHECK(load_data("mnist").train.source == place.string());
    CHECK(load_data("").test.source == place.string());
  }
  DataPair pair = load_data("mnist", folder / "cache/norma");
  CHECK(pair.train.source == in_cache.string());
  CHECK(pair.train.name == "MNIST");
  CHECK(pair.train.classes == 10);
  CHECK(pair.train.sample == Shape{1, 2, 3});
  CHECK(pair.train.size() == 7);
  CHECK(pair.test.size() == 4);
  CHECK(pair.test.labels == std::vector<std::uint8_t>{0, 1, 2, 0});
  CHECK(pair.test.pixels[6 * 3 + 5] == 3);

  // A data_dir that holds nothing, or a damaged set, is an error: no other place is taken instead.
  for (const char* name : {"mnist", ""})
    CHECK(says(error_of([&] { load_data(name, folder / "nothing"); }),
               {(folder / "nothing").string(), "train-images-idx3-ubyte", "fetch_mnist.cmake"}));
  fs::remove(folder / "data/mnist/train-labels-idx1-ubyte");
  CHECK(says(error_of([] { load_data(""); }), {"data/mnist: has no train-labels-idx1-ubyte"}));
}

TEST_CASE("a folder of IDX files is a data set") {
  TemporaryFolder folder;
  write_set(folder / "fashion");
  DataPair pair = load_data((folder / "fashion/").string());
  CHECK(pair.train.name == "fashion");
  CHECK(pair.test.name == "fashion");
  CHECK(pair.train.classes == 3);
  CHECK(pair.test.classes == 3);

  // A dot may stand before idx.
  fs::rename(folder / "fashion/train-labels-idx1-ubyte", folder / "fashion/train-labels.idx1-ubyte");
  CHECK(load_data((folder / "fashion").string()).train.size() == 7);

  write_set(folder / "emnist", "emnist-balanced-", "test");
  CHECK(load_data((folder / "emnist").string()).train.name == "emnist-balanced");
  write_set(folder / "emnist", "emnist-letters-", "test");
  CHECK(says(error_of([&] { load_data((folder / "emnist").string()); }),
             {"emnist: expected one data set, got 2", "emnist-balanced-train-images-idx3-ubyte",
              "emnist-letters-test-labels"}));
  CHECK(says(error_of([&] { load_data(folder.path.string()); }),
             {folder.path.string(), "got 2 other folders", "--split 0.2"}));
  CHECK(
      says(error_of([&] { load_data((folder / "none").string()); }), {"none", "is not a folder", "digits"}));
}

TEST_CASE("sets in MNIST's format are found by their names, in folders of those names, with class names") {
  const struct {
    const char *name, *printed, *first, *last;
  } cases[] = {{"fashion-mnist", "Fashion-MNIST", "T-shirt/top", "Ankle boot"},
               {"kmnist", "KMNIST", "o", "wo"}};
  for (const auto& c : cases) {
    INFO(c.name);
    TemporaryFolder folder;
    write_set(folder.path);  // MNIST, by the names of its files
    CHECK(load_data("mnist", folder.path).train.name == "MNIST");
    CHECK(says(error_of([&] { load_data(c.name, folder.path); }),
               {(folder / c.name).string() + ": " + c.printed + " is not there; expected train-images",
                std::string("`cmake -DSET=") + c.name + " -P data/fetch.cmake`"}));
    write_set(folder / c.name);
    const DataPair pair = load_data(c.name, folder.path);
    CHECK((pair.train.name == c.printed && pair.train.source == (folder / c.name).string()));
    CHECK((pair.train.classes == 10 && pair.test.class_names.size() == 10));
    CHECK((pair.train.class_name(0) == c.first && pair.test.class_name(9) == c.last));
  }
}

TEST_CASE("two files for one role are never mixed: a whole set is taken, or both are named") {
  TemporaryFolder folder;
  const fs::path set = folder / "set";
  auto load = [&] { return load_data(set.string()); };
  auto again = [&](const std::string& test = "t10k") {
    fs::remove_all(set);
    write_set(set, "", test);
  };
  auto refused = [&](const std::string& a, const std::string& b) {
    const std::string error = error_of(load);
    CHECK_MESSAGE(says(error, {(set / a).string(), (set / b).string(), "expected the four files of one set"}),
                  error);
  };
  const std::string names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                               "t10k-labels-idx1-ubyte"};
  auto plain = [&](const std::string& name, unsigned n) {
    write(set / name, name.find("images") != name.npos ? images(n) : labels(n));
  };
  auto zipped = [&](const std::string& name, unsigned n) {
    write_gzip(set / (name + ".gz"), name.find("images") != name.npos ? images(n) : labels(n));
  };

  // t10k-* beside test-*: the whole of both, one file of the other, images of one and labels of the other.
  again();
  plain("test-images-idx3-ubyte", 4);
  refused("t10k-images-idx3-ubyte.gz", "test-images-idx3-ubyte");
  plain("test-labels-idx1-ubyte", 4);
  refused("t10k-images-idx3-ubyte.gz", "test-images-idx3-ubyte");
  fs::remove(set / "t10k-labels-idx1-ubyte.gz");
  fs::remove(set / "test-images-idx3-ubyte");
  refused("t10k-images-idx3-ubyte.gz", "test-labels-idx1-ubyte");

  // '-' beside '.' before idx.
  again();
  plain("train-images.idx3-ubyte", 7);
  refused("train-images-idx3-ubyte", "train-images.idx3-ubyte");

  // Plain beside gzip: four plain ones, else four gzipped ones, else not both.
  again();
  zipped(names[0], 5);
  refused(names[0], names[0] + ".gz");
  zipped(names[1], 5);
  CHECK(load().train.size() == 5);
  plain(names[2], 3);
  CHECK(load().test.size() == 4);
  plain(names[3], 3);
  CHECK(load().train.size() == 7);
  CHECK(load().test.size() == 3);
}

TEST_CASE("a folder with a file's name stands for the file in it, if there is no file") {
  TemporaryFolder folder;
  const fs::path set = folder / "kaggle";
  auto load = [&] { return load_data(set.string()); };
  write_set(set);
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"}) {
    std::string dotted = name;
    dotted[12] =
        '.';  // the archive has train-images.idx3-ubyte and train-images-idx3-ubyte/train-images-idx3-ubyte
    fs::rename(set / name, set / dotted);
    fs::create_directory(set / name);
    write(set / name / name, std::string(name).find("images") != std::string::npos ? images(5) : labels(5));
  }
  CHECK(load().train.size() == 7);
  fs::remove(set / "train-images.idx3-ubyte");
  fs::remove(set / "train-labels.idx1-ubyte");
  CHECK(load().train.size() == 5);
  CHECK(load().train.name == "kaggle");
  CHECK(load_data("mnist", set).train.size() == 5);
  write(set / "train-images-idx3-ubyte/train-images.idx3-ubyte", images(5));
  CHECK(says(error_of(load),
             {"train-images-idx3-ubyte/train-images.idx3-ubyte", "expected the four files of one set"}));
  fs::remove_all(set / "train-images-idx3-ubyte");
  fs::create_directory(set / "train-images-idx3-ubyte");
  CHECK(says(error_of(load), {"kaggle: has no train-images-idx3-ubyte"}));
}

TEST_CASE("hidden files, and what systems leave in folders, are no data") {
  TemporaryFolder folder;
  const fs::path set = folder / "set";
  write_set(set);
  for (const char* name : {"._train-images-idx3-ubyte", ".train-images-idx3-ubyte.gz",
                           ".t10k-labels-idx1-ubyte.swp", "Thumbs.db"})
    write(set / name, "no data");
  for (const char* name : {"__MACOSX", "@eaDir", ".cache-train-images-idx3-ubyte"}) write_set(set / name);
  CHECK(load_data(set.string()).train.size() == 7);
  CHECK(load_data("mnist", set).train.size() == 7);
}

TEST_CASE("a device or a pipe in the place of an IDX file is refused, not waited for") {
  TemporaryFolder folder;
  write_set(folder / "set");
  for (bool pipe : {true, false}) {
    const fs::path file = folder / "set/train-labels-idx1-ubyte";
    fs::remove(file);
    if (pipe)
      REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    else
      fs::create_symlink("/dev/zero", file);
    CHECK(says(error_of([&] { load_data((folder / "set").string()); }),
               {file.string(), "is a device or a pipe, expected a file"}));
  }
}

TEST_CASE("files of a set that do not fit each other are refused") {
  TemporaryFolder folder;
  auto error_with = [&](const std::string& file, const Bytes& bytes) {
    fs::remove_all(folder / "set");
    write_set(folder / "set");
    fs::remove(folder / "set" / (file + ".gz"));
    write(folder / "set" / file, bytes);
    return error_of([&] { load_data((folder / "set").string()); });
  };
  CHECK(says(error_with("train-labels-idx1-ubyte", labels(8)),
             {"train-images-idx3-ubyte: holds 7 images", "train-labels-idx1-ubyte holds 8 labels"}));
  CHECK(says(error_with("t10k-images-idx3-ubyte", idx(8, {4, 1, 1}, "abcd")),
             {"t10k-images-idx3-ubyte", "(1, 1, 1)", "train-images", "(1, 2, 3)"}));
  CHECK(says(error_with("t10k-labels-idx1-ubyte", idx(8, {4}, {0, 1, 9, 0})),
             {"t10k-labels-idx1-ubyte: label 2: expected at most 2, got 9"}));
  CHECK(says(error_with("train-images-idx3-ubyte", "no IDX file"),
             {"train-images-idx3-ubyte: not an IDX file"}));
  write_set(folder / "mnist");
  write(folder / "mnist/train-labels-idx1-ubyte", idx(8, {7}, {0, 1, 2, 3, 4, 10, 0}));
  CHECK(says(error_of([&] { load_data("mnist", folder.path); }),
             {"train-labels-idx1-ubyte: label 5: expected at most 9, got 10"}));
}

TEST_CASE("the real MNIST, where NORMA_DATA_DIR says it is") {
  if (!std::getenv("NORMA_DATA_DIR")) {
    MESSAGE("SKIPPED: sizes and sums of the real MNIST (set NORMA_DATA_DIR to the folder that holds mnist/)");
    return;
  }
  DataPair pair = load_data("mnist");
  CHECK(pair.train.sample == Shape{1, 28, 28});
  CHECK(pair.train.size() == 60000);
  CHECK(pair.test.size() == 10000);
  CHECK(std::vector<std::uint8_t>(pair.train.labels.begin(), pair.train.labels.begin() + 5) ==
        std::vector<std::uint8_t>{5, 0, 4, 1, 9});
  double ink = 0;
  for (std::uint8_t p : pair.train.pixels) ink += p;
  CHECK(ink / 255 / static_cast<double>(pair.train.pixels.size()) == doctest::Approx(0.1307).epsilon(0.001));
}

}  // namespace data_load_test
}}  // namespace norma
