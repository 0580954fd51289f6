// Batches that are not random samples: images in pairs of the same class.
#pragma once

#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// Images of `data` in batches of batch_size/2 pairs, to be read in this order, unshuffled: the classes of a
/// batch are drawn at random and differ, and each gives two different images. A class's images are dealt out
/// in a random order, then in another one. `batches` of them; they follow from the seed. Error unless
/// batch_size is even and there are batch_size/2 classes with two images.
Dataset in_pairs(const Dataset& data, Index batches, Index batch_size, std::uint64_t seed);

/// Whether the samples stand class after class, so that the first of them do not stand for all.
bool sorted_by_class(const Dataset& data);

/// The images of `data` in a random order.
Dataset shuffled(const Dataset& data, std::uint64_t seed);

}}  // namespace norma
