#include "data/dataset.h"

#include <zlib.h>

namespace norma { inline namespace NORMA_BUILD {

std::uint32_t checksum(const Dataset& data, std::uint32_t before) {
  const auto pixels = crc32_z(before, data.pixels.data(), data.pixels.size());
  return static_cast<std::uint32_t>(crc32_z(pixels, data.labels.data(), data.labels.size()));
}

Dataset Dataset::first(Index n) const {
  check(n >= 1 && n <= size(), name, ": the first ", n, " samples are wanted, but there are ", size());
  Dataset part = without_samples();
  part.pixels.assign(pixels.begin(), pixels.begin() + n * sample.size());
  part.labels.assign(labels.begin(), labels.begin() + n);
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
