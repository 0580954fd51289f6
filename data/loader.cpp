#include "data/loader.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/parallel.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

void check_complete(const Dataset& data) {
  check(data.sample.rank() == 3, "loader: expected samples of shape (channels, height, width), got ",
        data.sample);
  check(static_cast<Index>(data.pixels.size()) == data.size() * data.sample.size(),
        "loader: ", data.pixels.size(), " pixels do not make ", data.size(), " samples of shape ",
        data.sample);
}

Shape batch_shape(const Dataset& data, Index count, const BatchFormat& format) {
  const Shape& s = data.sample;
  return format.flat ? Shape{count, s.size()} : Shape{count, s[0], s[1], s[2]};
}

Batch make_batch(const Dataset& data, Index count, const BatchFormat& format) {
  return {.x = Tensor(batch_shape(data, count, format)), .labels = Labels(count)};
}

/// x ← p/255, or 1 if p ≥ 128 else 0, for n pixels.
void convert(const std::uint8_t* p, Index n, bool binarize, real* x) {
  if (binarize)
    for (Index i = 0; i < n; ++i) x[i] = static_cast<real>(p[i] >> 7);
  else
    for (Index i = 0; i < n; ++i) x[i] = static_cast<real>(p[i]) / 255;
}

/// In random order the hardware cannot guess what comes: 23 → 6 µs per batch of 60 digits.
void prefetch(const std::uint8_t* p, Index n) {
  for (Index i = 0; i < n; i += 64) __builtin_prefetch(p + i);
}

/// The bytes of a sample as they are.
struct AsTheyAre {
  const std::uint8_t* operator()(Index, Index, const std::uint8_t* pixels) const { return pixels; }
};

/// Row n of the batch ← sample i = index(n), whose bytes are prepare(n, i, pixels).
template <class IndexOf, class Prepare = AsTheyAre>
void gather(const Dataset& data, bool binarize, const IndexOf& index, const Batch& batch,
            const Prepare& prepare = {}) {
  const Index d = data.sample.size();
  const Index ahead = std::max<Index>(1, (1 << 16) / d);  // rows: 64 kB stay in the cache until they are read
  const std::uint8_t* pixels = data.pixels.data();
  const std::uint8_t* labels = data.labels.data();
  real* x = batch.x.data();
  int* y = batch.labels.data();
  Index grain = std::max<Index>(1, (1 << 18) / d);  // a batch of up to 300 MNIST digits is not worth sharing
  parallel_for(batch.labels.size(), grain, [=, &index, &prepare](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) {
      if ((n - begin) % ahead == 0) {
        for (Index m = n; m < std::min(end, n + ahead); ++m) prefetch(pixels + index(m) * d, d);
      }
      Index i = index(n);
      convert(prepare(n, i, pixels + i * d), d, binarize, x + n * d);
      y[n] = labels[i];
    }
  });
}

}  // namespace

Index batches_in(Index samples, Index batch_size, Index least_last) {
  const Index rest = samples % batch_size;
  return samples / batch_size + (rest > 0 && rest >= least_last);
}

Loader::Loader(const Dataset& data, const Options& options, std::uint64_t seed)
    : data_(data), options_(options), seed_(seed) {
  check_complete(data);
  Index n = data.size(), size = options.batch_size;
  check(size >= 1, "loader: expected a batch size of at least 1, got ", size);
  check(size <= n, "loader: expected a batch size of at most ", n, ", the number of samples, got ", size);
  check(n <= std::numeric_limits<std::uint32_t>::max(), "loader: ", n, " samples are too many");
  batches_ = batches_in(n, size, options.least_last);
  const Index rest = n - (batches_ - 1) * size;  // of the last batch
  dropped_ = std::max<Index>(0, n - batches_ * size);
  order_.resize(n);
  full_ = make_batch(data, size, options.format);
  if (rest < size) last_ = make_batch(data, rest, options.format);
  check_augmentation(options.augment, data.sample);
  if (!options.augment.empty()) augmented_.resize(size * data.sample.size());
}

void Loader::order_samples() {
  constexpr std::uint64_t stream = std::uint64_t{0x6f72646572} << 24,  // "order": no other purpose's
      augment_stream = std::uint64_t{0x6175676d} << 32;                // nor "augm"
  const std::uint64_t epoch = static_cast<std::uint64_t>(position_.epoch);
  std::iota(order_.begin(), order_.end(), 0u);
  if (options_.shuffle) Rng(seed_, stream + epoch).shuffle(order_.data(), data_.size());
  augment_seed_ = Rng(seed_, augment_stream + epoch).bits();
  ordered_epoch_ = position_.epoch;
}

const std::uint8_t* Loader::augmented(Index n, Index i, const std::uint8_t* pixels) {
  const Index d = data_.sample.size();
  std::uint8_t* const own = augmented_.data() + n * d;
  std::copy(pixels, pixels + d, own);
  augment(options_.augment, data_.sample, Rng(augment_seed_, static_cast<std::uint64_t>(i)), own);
  return own;
}

const Batch& Loader::next() {
  if (ordered_epoch_ != position_.epoch) order_samples();
  Index first = position_.batch * options_.batch_size;
  const Batch& batch = first + options_.batch_size <= data_.size() ? full_ : last_;
  const auto sample = [o = order_.data() + first](Index n) { return Index{o[n]}; };
  if (augmented_.empty())
    gather(data_, options_.format.binarize, sample, batch);
  else
    gather(data_, options_.format.binarize, sample, batch,
           [this](Index n, Index i, const std::uint8_t* pixels) { return augmented(n, i, pixels); });
  if (++position_.batch == batches_) position_ = {.epoch = position_.epoch + 1, .batch = 0};
  return batch;
}

void Loader::seek(Position p) {
  check(p.epoch >= 0 && p.batch >= 0 && p.batch < batches_, "loader: no batch ", p.batch, " of epoch ",
        p.epoch, " to go to: an epoch has ", batches_);
  position_ = p;
}

namespace {

/// Makes `batch` one of `count` samples, in the memory it has if that is of the right size.
void make_room(const Dataset& data, Index count, const BatchFormat& format, Batch& batch) {
  if (!batch.x.defined() || batch.x.shape() != batch_shape(data, count, format) ||
      batch.labels.size() != count)
    batch = make_batch(data, count, format);
}

}  // namespace

void fill(const Dataset& data, Index first, Index count, const BatchFormat& format, Batch& batch) {
  check_complete(data);
  check(first >= 0 && count >= 1 && count <= data.size() - first, "fill: expected samples from 0 to ",
        data.size() - 1, ", got ", first, " to ", first + count - 1);
  make_room(data, count, format, batch);
  gather(
      data, format.binarize, [first](Index n) { return first + n; }, batch);
}

void fill(const Dataset& data, std::span<const std::uint32_t> which, const BatchFormat& format,
          Batch& batch) {
  check_complete(data);
  check(!which.empty(), "fill: expected at least one sample, got none");
  for (std::uint32_t i : which)
    check(i < data.size(), "fill: expected a sample from 0 to ", data.size() - 1, ", got ", i);
  make_room(data, static_cast<Index>(which.size()), format, batch);
  gather(
      data, format.binarize, [o = which.data()](Index n) { return Index{o[n]}; }, batch);
}

std::vector<std::uint32_t> drawn_order(Index n, std::uint64_t seed) {
  constexpr std::uint64_t stream = 0x647261776e;  // "drawn"
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  Rng(seed, stream).shuffle(order.data(), n);
  return order;
}

}}  // namespace norma
