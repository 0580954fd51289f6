#include "data/hold_out.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {

std::vector<bool> held_out(std::span<const std::uint8_t> labels, double share, std::uint64_t seed) {
  check(share >= 0 && share <= 0.5, "held_out: expected a share from 0 to 0.5, got ", share);
  constexpr std::uint64_t stream = 0x68656c64;  // "held"
  std::vector<std::uint32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0u);
  Rng(seed, stream).shuffle(order.data(), static_cast<Index>(order.size()));
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return labels[a] < labels[b]; });
  // Class after class, every (1/share)-th is held out.
  std::vector<bool> held(labels.size());
  const auto due = [share](std::size_t k) { return std::floor(double(k) * share + 0.5); };
  for (std::size_t k = 0; k < order.size(); ++k) {
    const auto same_class = [&](std::size_t other) {
      return other < order.size() && labels[order[other]] == labels[order[k]];
    };
    const bool only = !same_class(k + 1) && !same_class(k - 1);  // k − 1 of 0 is past the end
    held[order[k]] = due(k + 1) > due(k) && !only;
  }
  return held;
}

Dataset selected(const Dataset& data, const std::vector<bool>& which, bool wanted) {
  check(which.size() == data.labels.size(), "selected: expected ", data.size(), " answers, got ",
        which.size());
  Dataset some = data.without_samples();
  const Index d = data.sample.size();
  for (Index i = 0; i < data.size(); ++i) {
    if (which[static_cast<std::size_t>(i)] != wanted) continue;
    const auto pixels = data.pixels.begin() + i * d;
    some.pixels.insert(some.pixels.end(), pixels, pixels + d);
    some.labels.push_back(data.labels[static_cast<std::size_t>(i)]);
  }
  return some;
}

}}  // namespace norma
