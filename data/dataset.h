// A data set: labelled images of one size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/shape.h"

namespace norma { inline namespace NORMA_BUILD {

/// Labelled images. They stay bytes, a quarter of the memory,
/// and become real numbers only in a batch: data/loader.h.
struct Dataset {
  std::string name;                  // "MNIST"
  std::string source;                // where it came from: a folder, or "drawn, seed 1"
  Shape sample;                      // (1, 28, 28): channels, height, width
  int classes = 0;                   // labels are 0 … classes − 1
  std::vector<std::uint8_t> pixels;  // size() · sample.size(), row-major; 0 = paper, 255 = ink
  std::vector<std::uint8_t> labels;
  std::vector<std::string> class_names = {};  // of each class; empty: they are called by their numbers

  /// Number of samples.
  Index size() const { return static_cast<Index>(labels.size()); }

  /// The first n samples. Error unless 1 ≤ n ≤ size().
  Dataset first(Index n) const;
  /// n samples from `begin` on. Error unless there are so many, and n ≥ 1.
  Dataset part(Index begin, Index n) const;

  /// The set without its samples: what is true of any of them.
  Dataset without_samples() const;

  /// What class c is called.
  std::string class_name(Index c) const;
};

/// CRC-32 of pixels and labels, going on from `before`: it tells whether two sets hold the same.
std::uint32_t checksum(const Dataset& data, std::uint32_t before = 0);

/// Of a channel's values, as a batch has them: p/255, or with `binarize` 1 if p ≥ 128, else 0.
struct ChannelStatistics {
  double mean, deviation;  // √ of the mean squared distance from the mean
};

/// Of each channel, over all samples, exact up to rounding in double. Error if there are no samples.
std::vector<ChannelStatistics> channel_statistics(const Dataset& data, bool binarize = false);

/// A training set and a test set.
struct DataPair {
  Dataset train, test;
  std::string note = {};  // what reading them left out, for people; "": nothing
};

}}  // namespace norma
