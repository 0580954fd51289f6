// A data set whose samples say which they are.
#pragma once

#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// n samples of 2 × 3 pixels, whose pixels say which they are.
inline Dataset numbered(Index n) {
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

}}  // namespace norma
