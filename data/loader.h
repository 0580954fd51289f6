// Batches: bytes of a data set become real numbers, in a new random order
// each epoch or in the order of the file. The memory of a batch is used
// again for the next one. A loader belongs to one thread, as its tensors do.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.h"
#include "data/augment.h"
#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// Samples with their labels, in memory that is used again.
struct Batch {
  Tensor x;       // (N, D), D = sample.size(); or (N, C, H, W)
  Labels labels;  // N
};

/// What a pixel p in 0 … 255 becomes, and the shape of a batch.
struct BatchFormat {
  bool binarize = false;  // 1 if p ≥ 128, else 0; otherwise p/255
  bool flat = true;       // (N, D) rather than (N, C, H, W)
};

/// Batches in an epoch of `samples` samples; the last may be smaller, but is left out below `least_last`.
Index batches_in(Index samples, Index batch_size, Index least_last);

/// Goes over a data set epoch by epoch, batch by batch.
class Loader {
 public:
  /// How to make batches.
  struct Options {
    Index batch_size = 60;
    bool shuffle = true;
    // The last batch of an epoch is left out if it has fewer samples: 2 for BatchNorm, which cannot train on
    // one; batch_size for batches of one size.
    Index least_last = 1;
    BatchFormat format{};
    std::vector<Augmentation> augment = {};  // of each sample, before its bytes become numbers
  };

  /// How far a loader has come: enough, with the same data, options and seed, to continue from there.
  struct Position {
    Index epoch = 0;  // whole epochs taken
    Index batch = 0;  // batches taken of the one begun, less than batches()
    bool operator==(const Position&) const = default;
  };

  /// `data` must outlive the loader. The order of epoch e depends on `seed` and e only; how sample i is
  /// augmented in it on `seed`, e and i. Error unless 1 ≤ batch_size ≤ data.size(), and if the augmentation
  /// leaves nothing of a picture.
  Loader(const Dataset& data, const Options& options, std::uint64_t seed);
  Loader(Dataset&& data, const Options& options, std::uint64_t seed) = delete;

  Loader(const Loader&) = delete;  // two would share the memory of their batches
  Loader& operator=(const Loader&) = delete;

  /// The next batch; after the last one of an epoch comes the first of the next. A later call overwrites the
  /// batch, whatever handles to its tensors are held: use it up first.
  const Batch& next();

  /// Batches in an epoch.
  Index batches() const { return batches_; }

  /// Samples that are left out of each epoch (with shuffling, different ones each time).
  Index dropped() const { return dropped_; }

  /// Whole epochs taken so far.
  Index epoch() const { return position_.epoch; }

  /// Whether the batch taken last was the last of its epoch.
  bool epoch_end() const { return position_.batch == 0 && position_.epoch > 0; }

  Position position() const { return position_; }

  /// Goes to where another loader was. Error if there is no such position.
  void seek(Position position);

 private:
  void order_samples();
  // Row n of augmented_: the bytes of sample i, which are `pixels`, flipped and moved.
  const std::uint8_t* augmented(Index n, Index i, const std::uint8_t* pixels);

  const Dataset& data_;
  Options options_;
  std::uint64_t seed_;
  Index batches_, dropped_;
  Position position_;
  Index ordered_epoch_ = -1;  // whose order order_ is
  std::vector<std::uint32_t> order_;
  Batch full_, last_;                    // last_: undefined unless the last batch is smaller
  std::uint64_t augment_seed_ = 0;       // of the epoch ordered
  std::vector<std::uint8_t> augmented_;  // the bytes of a batch; empty if nothing is augmented
};

/// Makes samples first … first + count − 1 of `data`, in their order, the contents of `batch`, whose memory
/// is used again if it has the right size. Error if there are no such samples or count < 1.
void fill(const Dataset& data, Index first, Index count, const BatchFormat& format, Batch& batch);

/// The same with samples which[0], which[1], … Error if there is none, or if one is not in `data`.
void fill(const Dataset& data, std::span<const std::uint32_t> which, const BatchFormat& format, Batch& batch);

/// A random order of n samples, by the seed: its beginning, and each batch of it, stands for the whole set,
/// whatever the file's order. It is none of those that a Loader takes.
std::vector<std::uint32_t> drawn_order(Index n, std::uint64_t seed);

}}  // namespace norma
