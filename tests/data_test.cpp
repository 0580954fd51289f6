// IDX files, where data sets are found, drawn digits, and
// batches. Every error of a file is made here on purpose.
#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "core/parallel.h"
#include "core/pool.h"
#include "data/digits.h"
#include "data/idx.h"
#include "data/loader.h"
#include "tests/errors.h"
#include "tests/temporary_folder.h"

using namespace norma;
namespace fs = std::filesystem;
using Bytes = std::string;

namespace {

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

void write(const fs::path& path, const Bytes& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

void write_gzip(const fs::path& path, const Bytes& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The bytes of an IDX file.
Bytes idx(int type, std::initializer_list<unsigned> sizes, const Bytes& values) {
  Bytes bytes{0, 0, static_cast<char>(type), static_cast<char>(sizes.size())};
  for (unsigned s : sizes)
    for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(s >> shift & 255);
  return bytes + values;
}

/// Images of 2 × 3 pixels, all of value n in the n-th, and the labels 0 1 2 0 1 2 …
Bytes images(unsigned n) {
  Bytes values;
  for (unsigned i = 0; i < n; ++i) values += Bytes(6, static_cast<char>(i));
  return idx(8, {n, 2, 3}, values);
}
Bytes labels(unsigned n) {
  Bytes values;
  for (unsigned i = 0; i < n; ++i) values += static_cast<char>(i % 3);
  return idx(8, {n}, values);
}

/// A set of seven training and four test images.
void write_set(const fs::path& folder, const std::string& prefix = "", const std::string& test = "t10k") {
  fs::create_directories(folder);
  write(folder / (prefix + "train-images-idx3-ubyte"), images(7));
  write(folder / (prefix + "train-labels-idx1-ubyte"), labels(7));
  write_gzip(folder / (prefix + test + "-images-idx3-ubyte.gz"), images(4));
  write_gzip(folder / (prefix + test + "-labels-idx1-ubyte.gz"), labels(4));
}

/// n samples of 2 × 3 pixels, whose pixels say which they are.
Dataset numbered(Index n) {
  Dataset d{.name = "numbers",
            .source = "test",
            .sample = Shape{1, 2, 3},
            .classes = 3,
            .pixels = {},
            .labels = {}};
  for (Index i = 0; i < n; ++i) {
    d.labels.push_back(static_cast<std::uint8_t>(i % 3));
    d.pixels.insert(d.pixels.end(), 6, static_cast<std::uint8_t>(i));
  }
  return d;
}

/// The samples of the next `batches` batches.
std::vector<int> take(Loader& loader, Index batches) {
  std::vector<int> samples;
  for (Index b = 0; b < batches; ++b) {
    const Batch& batch = loader.next();
    for (Index n = 0; n < batch.labels.size(); ++n) {
      samples.push_back(static_cast<int>(batch.x[n * 6] * 255 + real(0.5)));
      CHECK(batch.labels[n] == samples.back() % 3);
    }
  }
  return samples;
}

}  // namespace

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

TEST_CASE("IDX files that are wrong are refused, and the message says what was found and wanted") {
  TemporaryFolder folder;
  auto error = [&](const Bytes& bytes, int rank = 3) {
    write(folder / "file", bytes);
    return error_of([&] { read_idx(folder / "file", rank); });
  };
  std::string name = (folder / "file").string();
  CHECK(says(error("hello, world"), {name, "begins with 0x68656c6c", "0x00000803"}));
  CHECK(says(error(idx(0x0d, {1, 1, 1}, "1234")), {name, "0x00000d03", "not unsigned bytes", "0x00000803"}));
  CHECK(says(error(labels(3)), {name, "0x00000801", "rank 1", "0x00000803 (images)"}));
  CHECK(says(error(images(3), 1), {name, "0x00000803", "rank 3", "0x00000801 (labels)"}));
  CHECK(says(error(images(5).substr(0, 40)), {name, "cut short", "24 bytes", "(5, 2, 3) = 30"}));
  CHECK(says(error(images(5) + "x"), {name, "goes on after the 30 bytes", "(5, 2, 3)"}));
  CHECK(says(error(idx(8, {0, 2, 3}, "")), {name, "(0, 2, 3)", "empty"}));
  CHECK(says(error(idx(8, {2, 0, 3}, "")), {name, "(2, 0, 3)", "1 to 4096"}));
  CHECK(says(error(idx(8, {1, 5000, 1}, "")), {name, "(1, 5000, 1)", "1 to 4096"}));
  CHECK(says(error(idx(8, {4294967295, 4096, 4096}, "")), {name, "4294967295", "at most 4294967296"}));
  CHECK(says(error(idx(8, {4000000, 32, 32}, "abc")), {name, "cut short", "3 bytes", "4096000000"}));
  CHECK(says(error(""), {name, "cut short", "0 bytes"}));
  CHECK(says(error_of([&] { read_idx(folder / "none", 3); }), {"none", "cannot be opened", "No such file"}));
  CHECK(says(error_of([&] { read_idx(folder.path, 3); }), {folder.path.string(), "is a folder"}));
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

  // Plain wins over gzip, and a dot may stand before idx.
  write_gzip(folder / "fashion/train-images-idx3-ubyte.gz", images(1));
  fs::rename(folder / "fashion/train-labels-idx1-ubyte", folder / "fashion/train-labels.idx1-ubyte");
  CHECK(load_data((folder / "fashion").string()).train.size() == 7);

  write_set(folder / "emnist", "emnist-balanced-", "test");
  CHECK(load_data((folder / "emnist").string()).train.name == "emnist-balanced");
  write_set(folder / "emnist", "emnist-letters-", "test");
  CHECK(says(error_of([&] { load_data((folder / "emnist").string()); }),
             {"emnist: holds 2 data sets", "emnist-balanced-train-images-idx3-ubyte",
              "emnist-letters-test-labels"}));
  CHECK(says(error_of([&] { load_data(folder.path.string()); }), {folder.path.string(), "has no IDX files"}));
  CHECK(
      says(error_of([&] { load_data((folder / "none").string()); }), {"none", "is not a folder", "digits"}));
}

TEST_CASE("files of a set that do not fit each other are refused") {
  TemporaryFolder folder;
  auto error_with = [&](const std::string& file, const Bytes& bytes) {
    fs::remove_all(folder / "set");
    write_set(folder / "set");
    write(folder / "set" / file, bytes);
    return error_of([&] { load_data((folder / "set").string()); });
  };
  CHECK(says(error_with("train-labels-idx1-ubyte", labels(8)),
             {"train-images-idx3-ubyte: holds 7 images", "train-labels-idx1-ubyte holds 8 labels"}));
  CHECK(says(error_with("t10k-images-idx3-ubyte", idx(8, {4, 1, 1}, "abcd")),
             {"t10k-images-idx3-ubyte", "(1, 1, 1)", "train-images", "(1, 2, 3)"}));
  CHECK(says(error_with("t10k-labels-idx1-ubyte", idx(8, {4}, {0, 1, 9, 0})),
             {"t10k-labels-idx1-ubyte: label 2 is 9", "at most 2"}));
  CHECK(says(error_with("train-images-idx3-ubyte", "no IDX file"), {"train-images-idx3-ubyte: begins with"}));
  write_set(folder / "mnist");
  write(folder / "mnist/train-labels-idx1-ubyte", idx(8, {7}, {0, 1, 2, 3, 4, 10, 0}));
  CHECK(says(error_of([&] { load_data("mnist", folder.path); }),
             {"train-labels-idx1-ubyte: label 5 is 10", "at most 9"}));
}

TEST_CASE("the first samples of a data set") {
  Dataset d = numbered(10), part = d.first(4);
  CHECK(part.size() == 4);
  CHECK(part.pixels.size() == 24);
  CHECK(part.pixels[23] == 3);
  CHECK(part.classes == 3);
  CHECK(says(error_of([&] { d.first(11); }), {"numbers", "first 11", "there are 10"}));
  CHECK(says(error_of([&] { d.first(0); }), {"first 0"}));
}

TEST_CASE("drawn digits are the same bytes everywhere, and depend on seed and place only") {
  Dataset d = draw_digits(100, 1);
  CHECK(d.sample == Shape{1, 28, 28});
  CHECK(d.source == "drawn, seed 1");
  CHECK(crc32(0, d.pixels.data(), static_cast<unsigned>(d.pixels.size())) == 3596269443u);
  CHECK(crc32(0, d.labels.data(), static_cast<unsigned>(d.labels.size())) == 3838507906u);

  Dataset more = draw_digits(230, 1).first(100);
  CHECK(more.pixels == d.pixels);
  CHECK(more.labels == d.labels);
  CHECK(draw_digits(100, 2).pixels != d.pixels);
  for (auto ten = d.labels.begin(); ten != d.labels.end(); ten += 10)
    CHECK(std::set<int>(ten, ten + 10).size() == 10);
  CHECK(error_of([] { draw_digits(0, 1); }) == "digits: 0 samples are wanted, at least 1 must be");

  DataPair pair = load_data("digits", {}, {.train = 30, .test = 20, .seed = 1});
  CHECK(pair.train.size() == 30);
  CHECK(pair.test.size() == 20);
  CHECK(pair.test.pixels != draw_digits(20, 1).pixels);
}

TEST_CASE("a loader takes every sample once an epoch, in an order that depends on seed and epoch only") {
  Dataset d = numbered(20);
  Loader a(d, {.batch_size = 5}, 7), b(d, {.batch_size = 10}, 7), c(d, {.batch_size = 5}, 8);
  std::vector<int> first = take(a, 4), second = take(a, 4), sorted = first;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 20; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
  CHECK(first != second);
  CHECK(first == take(b, 2));
  CHECK(second == take(b, 2));
  CHECK(first != take(c, 4));

  Loader in_order(d, {.batch_size = 5, .shuffle = false}, 7);
  CHECK(take(in_order, 4) == sorted);
  CHECK(take(in_order, 4) == sorted);
}

TEST_CASE("a loader goes on from where another one was") {
  Dataset d = numbered(20);
  Loader a(d, {.batch_size = 6}, 7), b(d, {.batch_size = 6}, 7);
  CHECK_FALSE(a.epoch_end());
  take(a, 3);
  CHECK_FALSE(a.epoch_end());
  CHECK(a.epoch() == 0);
  take(a, 1);
  CHECK(a.epoch_end());
  CHECK(a.epoch() == 1);
  take(a, 2);
  CHECK(a.position() == Loader::Position{.epoch = 1, .batch = 2});
  b.seek(a.position());
  CHECK(take(a, 7) == take(b, 7));
  b.seek({});
  CHECK_FALSE(b.epoch_end());
  CHECK(says(error_of([&] { b.seek({.epoch = 1, .batch = 4}); }), {"no batch 4 of epoch 1", "has 4"}));
}

TEST_CASE("the last batch of an epoch is kept or left out") {
  struct Case {
    Index samples, batch;
    LastBatch last;
    Index batches, dropped, last_size;
  };
  for (Case c : {Case{20, 6, LastBatch::keep, 4, 0, 2}, Case{20, 6, LastBatch::drop, 3, 2, 6},
                 Case{20, 6, LastBatch::drop_single, 4, 0, 2}, Case{19, 6, LastBatch::keep, 4, 0, 1},
                 Case{19, 6, LastBatch::drop_single, 3, 1, 6}, Case{18, 6, LastBatch::drop_single, 3, 0, 6},
                 Case{3, 1, LastBatch::drop_single, 3, 0, 1}}) {
    Dataset d = numbered(c.samples);
    Loader loader(d, {.batch_size = c.batch, .last = c.last}, 1);
    CHECK(loader.batches() == c.batches);
    CHECK(loader.dropped() == c.dropped);
    take(loader, c.batches - 1);
    CHECK(loader.next().labels.size() == c.last_size);
    CHECK(loader.epoch_end());
  }
}

TEST_CASE("pixels become p/255 or, binarized, 0 and 1 with the border at 128") {
  Dataset d = numbered(256);
  Loader grey(d, {.batch_size = 256, .shuffle = false}, 1),
      black(d, {.batch_size = 256, .shuffle = false, .format = {.binarize = true, .flat = false}}, 1);
  Tensor x = grey.next().x, y = black.next().x;
  CHECK(x.shape() == Shape{256, 6});
  CHECK(y.shape() == Shape{256, 1, 2, 3});
  for (Index i = 0; i < 256 * 6; ++i) {
    CHECK(x[i] == static_cast<real>(i / 6) / 255);
    CHECK(y[i] == (i / 6 >= 128 ? 1 : 0));
  }
}

TEST_CASE("batches use the same memory again, and an epoch allocates nothing") {
  Dataset d = numbered(20);
  Loader loader(d, {.batch_size = 6}, 1);
  const real* full = loader.next().x.data();
  const int* full_labels = loader.next().labels.data();
  loader.next();
  const real* last = loader.next().x.data();
  Index before = pool_stats().system_allocations;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (int b = 0; b < 3; ++b) {
      const Batch& batch = loader.next();
      CHECK(batch.x.data() == full);
      CHECK(batch.labels.data() == full_labels);
    }
    CHECK(loader.next().x.data() == last);
  }
  CHECK(pool_stats().system_allocations == before);
}

TEST_CASE("samples in their order, for evaluation, also on several threads") {
  Dataset d = draw_digits(1000, 3);
  Batch batch, again;
  fill(d, 100, 900, {}, batch);
  CHECK(batch.x.shape() == Shape{900, 784});
  const real* memory = batch.x.data();
  int before = threads();
  set_threads(2);
  fill(d, 0, 900, {}, batch);
  set_threads(before);
  fill(d, 0, 900, {}, again);
  CHECK(batch.x.data() == memory);
  CHECK(std::equal(memory, memory + batch.x.size(), again.x.data()));
  CHECK(std::equal(batch.labels.data(), batch.labels.data() + 900, d.labels.begin()));
  fill(d, 900, 100, {.flat = false}, batch);
  CHECK(batch.x.shape() == Shape{100, 1, 28, 28});
  CHECK(says(error_of([&] { fill(d, 901, 100, {}, batch); }), {"samples 901 to 1000", "there are 1000"}));
  CHECK(says(error_of([&] { fill(d, 0, 0, {}, batch); }), {"fill"}));
}

TEST_CASE("a loader refuses batches that cannot be") {
  Dataset d = numbered(20);
  CHECK(error_of([&] { Loader(d, {.batch_size = 21}, 1); }) == "loader: batch size 21 but only 20 samples");
  CHECK(error_of([&] { Loader(d, {.batch_size = 0}, 1); }) == "loader: batch size 0, must be at least 1");
  d.pixels.pop_back();
  CHECK(says(error_of([&] { Loader(d, {.batch_size = 2}, 1); }), {"119 pixels", "20 samples", "(1, 2, 3)"}));
}

TEST_CASE("the real MNIST, where NORMA_DATA_DIR says it is") {
  if (!std::getenv("NORMA_DATA_DIR")) {
    MESSAGE("skipped: NORMA_DATA_DIR is not set");
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
