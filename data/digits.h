// A data set that needs no file: handwritten-looking digits, drawn from strokes, each one differently.
#pragma once

#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// n grey 28×28 pictures of the digits 0 … 9 in random order, one of each among
/// every ten. Sample i depends on `seed` and i only, so a larger set begins with the
/// smaller one, and its bytes are the same on every machine. Error unless n ≥ 1.
Dataset draw_digits(Index n, std::uint64_t seed);

/// The label of sample i of any drawn set: every ten samples are the ten classes in a random order.
int drawn_label(Index i, std::uint64_t seed);

}}  // namespace norma
