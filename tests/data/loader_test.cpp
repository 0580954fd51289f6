// Batches: every sample once per epoch, in an order that follows from the seed.
#include "data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "core/parallel.h"
#include "core/pool.h"
#include "data/digits.h"
#include "tests/support/errors.h"
#include "tests/support/numbered.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_loader_test {

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

TEST_CASE("a loader takes every sample once per epoch, in an order that depends on seed and epoch only") {
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

TEST_CASE("a loader refuses batches that cannot be") {
  Dataset d = numbered(20);
  CHECK(error_of([&] { Loader(d, {.batch_size = 21}, 1); }) ==
        "loader: expected a batch size of at most 20, the number of samples, got 21");
  CHECK(error_of([&] { Loader(d, {.batch_size = 0}, 1); }) ==
        "loader: expected a batch size of at least 1, got 0");
  d.pixels.pop_back();
  CHECK(says(error_of([&] { Loader(d, {.batch_size = 2}, 1); }), {"119 pixels", "20 samples", "(1, 2, 3)"}));
}

TEST_CASE("the last batch of an epoch is kept or left out") {
  struct Case {
    Index samples, batch, least_last, batches, dropped, last_size;
  };
  for (Case c :
       {Case{20, 6, 1, 4, 0, 2}, Case{20, 6, 6, 3, 2, 6}, Case{20, 6, 2, 4, 0, 2}, Case{19, 6, 1, 4, 0, 1},
        Case{19, 6, 2, 3, 1, 6}, Case{18, 6, 2, 3, 0, 6}, Case{3, 1, 2, 3, 0, 1}}) {
    Dataset d = numbered(c.samples);
    Loader loader(d, {.batch_size = c.batch, .least_last = c.least_last}, 1);
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
  CHECK(says(error_of([&] { fill(d, 901, 100, {}, batch); }), {"0 to 999", "got 901 to 1000"}));
  CHECK(says(error_of([&] { fill(d, 0, 0, {}, batch); }), {"fill"}));
}

// The pixels of `batches` batches as bytes.
std::vector<int> bytes(Loader& loader, Index batches) {
  std::vector<int> all;
  for (Index b = 0; b < batches; ++b)
    for (real x : loader.next().x.values()) all.push_back(static_cast<int>(x * 255 + real(0.5)));
  return all;
}

TEST_CASE("an augmented epoch is the same on one thread and two, flat or not, and after seek") {
  const Dataset d = draw_digits(1200, 3);
  const auto steps = parse_augmentation("flip,shift:2,crop:4");
  const Loader::Options options{.batch_size = 700, .augment = steps},
      images{.batch_size = 700, .format = {.flat = false}, .augment = steps};
  const int before = threads();
  Loader one(d, options, 7), two(d, images, 7), plain(d, {.batch_size = 700}, 7), later(d, options, 7);
  const std::vector<int> alone = bytes(one, 6);
  set_threads(2);
  const std::vector<int> both = bytes(two, 6);
  set_threads(before);
  CHECK(alone == both);
  CHECK(alone != bytes(plain, 6));
  later.seek({.epoch = 1, .batch = 1});  // of the two batches of an epoch
  const std::ptrdiff_t three = (1200 + 700) * 784;
  CHECK(std::equal(alone.begin() + three, alone.end(), bytes(later, 3).begin()));
}

TEST_CASE("how a sample is augmented depends on the seed, the epoch and the sample only") {
  const Dataset d = draw_digits(40, 3);
  const auto steps = parse_augmentation("shift:9");
  // The sum of each sample's pixels, by the sum of those that it has in the file.
  const auto sums = [&](Index batch_size, bool shuffle, std::uint64_t seed, Index epoch) {
    Loader loader(d, {.batch_size = batch_size, .shuffle = shuffle, .augment = steps}, seed),
        plain(d, {.batch_size = batch_size, .shuffle = shuffle}, seed);
    loader.seek({.epoch = epoch, .batch = 0});
    plain.seek({.epoch = epoch, .batch = 0});
    std::vector<std::pair<int, int>> all;
    for (Index b = 0; b < loader.batches(); ++b) {
      const std::vector<int> moved = bytes(loader, 1), was = bytes(plain, 1);
      for (std::size_t i = 0; i < was.size(); i += 784)
        all.emplace_back(std::accumulate(was.begin() + i, was.begin() + i + 784, 0),
                         std::accumulate(moved.begin() + i, moved.begin() + i + 784, 0));
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  const auto first = sums(40, true, 1, 0);
  CHECK(first == sums(7, true, 1, 0));
  CHECK(first == sums(10, false, 1, 0));
  CHECK(first != sums(40, true, 1, 1));
  CHECK(first != sums(40, true, 2, 0));
}

TEST_CASE("a loader augments pictures of any number of channels, and not those of an evaluation") {
  const Dataset d{.name = "colours",
                  .source = "test",
                  .sample = Shape{3, 1, 2},
                  .classes = 2,
                  .pixels = {1, 2, 3, 4, 5, 6},
                  .labels = {1}};
  Loader loader(d, {.batch_size = 1, .augment = parse_augmentation("flip")}, 1);
  const std::vector<int> as_is = {1, 2, 3, 4, 5, 6}, flipped = {2, 1, 4, 3, 6, 5};
  int flips = 0;
  for (int epoch = 0; epoch < 40; ++epoch) {
    const std::vector<int> got = bytes(loader, 1);
    CHECK((got == as_is || got == flipped));
    flips += got == flipped;
  }
  CHECK((flips > 8 && flips < 32));
  CHECK(says(error_of([&] { Loader(d, {.batch_size = 1, .augment = parse_augmentation("shift:1")}, 1); }),
             {"augment: expected less than 1", "got shift:1"}));
}

TEST_CASE("augmented batches use the same memory again") {
  const Dataset d = numbered(20);
  Loader loader(d, {.batch_size = 6, .augment = parse_augmentation("flip")}, 1);
  const real* full = loader.next().x.data();
  const Index before = pool_stats().system_allocations;
  for (int b = 0; b < 12; ++b) loader.next();
  CHECK(loader.next().x.data() == full);
  CHECK(pool_stats().system_allocations == before);
}

}  // namespace data_loader_test
}}  // namespace norma
