// How many numbers are spread: their range, mean, deviation, and a histogram of a fixed number of bins.
// Numbers come in pieces, twice: see() measures the range, count() fills the bins. So nothing is kept but the
// counts.
#pragma once

#include <span>
#include <vector>

#include "apps/report/numbers.h"
#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// Equal bins from low to high; bin i holds low + i·w ≤ x < low + (i + 1)·w, the last one its end too.
struct Histogram {
  double low = 0, high = 0;
  std::vector<Index> bins;
  Index outside = 0;  // numbers below low or above high

  /// Adds numbers. Of a histogram without width all that equal `low` are in the middle bin.
  void add(std::span<const real> values);
  Index inside() const;
  /// The same with every `n` neighbours put together; n divides the number of bins.
  Histogram coarser(std::size_t n) const;
};

/// Of at least one number; before the first, least is above greatest.
struct Summary {
  static constexpr std::size_t bins = 40;

  /// First pass.
  void see(std::span<const real> values);
  /// Between the passes: bins from the least to the greatest number, but not past four deviations from the
  /// mean; or between limits that are known beforehand.
  void lay_out();
  void lay_out(double low, double high);
  /// Second pass, over the same numbers.
  void count(std::span<const real> values) { histogram.add(values); }

  Index size = 0;
  double least = 1, greatest = 0, sum = 0, sum_of_squares = 0;
  bool finite = true;  // whether every number is; else nothing else here means anything
  Histogram histogram;

  double mean() const { return sum / double(size); }
  /// √(mean of squares − square of the mean)
  double deviation() const;
  /// ‖x‖₂
  double length() const;
};

/// Both passes at once.
Summary summarize(std::span<const real> values);

}}  // namespace norma
