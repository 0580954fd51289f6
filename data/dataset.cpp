#include "data/dataset.h"

#include <zlib.h>

#include <array>
#include <cmath>

namespace norma { inline namespace NORMA_BUILD {

std::uint32_t checksum(const Dataset& data, std::uint32_t before) {
  const auto pixels = crc32_z(before, data.pixels.data(), data.pixels.size());
  return static_cast<std::uint32_t>(crc32_z(pixels, data.labels.data(), data.labels.size()));
}

std::vector<ChannelStatistics> channel_statistics(const Dataset& data, bool binarize) {
  const Index channels = data.sample[0], positions = data.sample.size() / channels;
  const double n = double(data.size() * positions);
  check(n > 0, data.name, ": expected samples to take a mean of, got none");
  std::vector<ChannelStatistics> all;
  for (Index c = 0; c < channels; ++c) {
    std::array<Index, 256> count{};
    for (Index i = 0; i < data.size(); ++i) {
      const std::uint8_t* p = data.pixels.data() + i * data.sample.size() + c * positions;
      for (Index s = 0; s < positions; ++s) ++count[p[s]];
    }
    double mean = 0, variance = 0;
    auto value = [binarize](std::size_t p) { return binarize ? double(p >> 7) : double(p) / 255; };
    for (std::size_t p = 0; p < count.size(); ++p) mean += double(count[p]) * value(p);
    mean /= n;
    for (std::size_t p = 0; p < count.size(); ++p)
      variance += double(count[p]) * (value(p) - mean) * (value(p) - mean);
    all.push_back({mean, std::sqrt(variance / n)});
  }
  return all;
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
