#include "apps/inspect/summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

void Histogram::add(std::span<const real> values) {
  const double n = double(bins.size()), per_unit = high > low ? n / (high - low) : 0;
  for (const real x : values) {
    if (!(x >= low && x <= high)) {
      ++outside;
      continue;
    }
    const double at = high > low ? (x - low) * per_unit : n / 2;
    ++bins[std::min(static_cast<std::size_t>(at), bins.size() - 1)];
  }
}

Index Histogram::inside() const { return std::accumulate(bins.begin(), bins.end(), Index(0)); }

Histogram Histogram::coarser(std::size_t n) const {
  check(n > 0 && bins.size() % n == 0, "histogram: ", bins.size(), " bins cannot be put together by ", n);
  Histogram result{low, high, std::vector<Index>(bins.size() / n), outside};
  for (std::size_t i = 0; i < bins.size(); ++i) result.bins[i / n] += bins[i];
  return result;
}

void Summary::see(std::span<const real> values) {
  for (const real value : values) {
    const double x = value;
    finite = finite && std::isfinite(x);
    least = size ? std::min(least, x) : x;
    greatest = size ? std::max(greatest, x) : x;
    sum += x;
    sum_of_squares += x * x;
    ++size;
  }
}

void Summary::lay_out() {
  const double reach = 4 * deviation();
  lay_out(std::max(least, mean() - reach), std::min(greatest, mean() + reach));
}

void Summary::lay_out(double low, double high) {
  if (!(low < high)) low = high = least;  // all numbers are equal, except for rounding
  histogram = {low, high, std::vector<Index>(bins), 0};
}

double Summary::deviation() const {
  const double m = mean();
  return std::sqrt(std::max(0.0, sum_of_squares / double(size) - m * m));
}

double Summary::length() const { return std::sqrt(sum_of_squares); }

Summary summarize(std::span<const real> values) {
  Summary d;
  d.see(values);
  d.lay_out();
  d.count(values);
  return d;
}

}}  // namespace norma
