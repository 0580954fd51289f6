#include "data/dataset.h"

#include <zlib.h>

namespace norma { inline namespace NORMA_BUILD {

std::uint32_t checksum(const Dataset& data, std::uint32_t before) {
  const auto pixels = crc32_z(before, data.pixels.data(), data.pixels.size());
  return static_cast<std::uint32_t>(crc32_z(pixels, data.labels.data(), data.labels.size()));
}

Dataset Dataset::first(Index n) const {
  check(n >= 1 && n <= size(), name, ": expected a number of samples from 1 to ", size(), ", got ", n);
  return part(0, n);
}

Dataset Dataset::part(Index begin, Index n) const {
  check(begin >= 0 && n >= 1 && n <= size() - begin, name, ": expected samples ", begin, " to ", begin + n,
        ", got ", size());
  Dataset part = without_samples();
  part.pixels.assign(pixels.begin() + begin * sample.size(), pixels.begin() + (begin + n) * sample.size());
  part.labels.assign(labels.begin() + begin, labels.begin() + begin + n);
  return part;
}

Dataset Dataset::without_samples() const {
  return {.name = name,
          .source = source,
          .sample = sample,
          .classes = classes,
          .pixels = {},
          .labels = {},
          .class_names = class_names};
}

std::string Dataset::class_name(Index c) const {
  return class_names.empty() ? std::to_string(c) : class_names.at(c);
}

}}  // namespace norma
