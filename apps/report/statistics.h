// Means, their intervals (of 95% if nothing else is said) and quantiles over a handful of runs.
// NaN in, NaN out: no function drops a value by itself, so a diverged run can never vanish from a mean
// unseen. A caller that needs only the runs that finished says so with finite().
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// The t with P(|T| ≤ t) = `confidence` for Student's T with `degrees_of_freedom` ≥ 1 (for 0.95: 12.7062,
/// 4.3027, … → 1.95996).
/// @throws Error for less than one degree of freedom, or a confidence that is not between 0 and 1
double t_quantile(int degrees_of_freedom, double confidence = 0.95);

/// Whether there are so few values that readers are shown their range: of 2 the half-width is 9 times it.
constexpr bool too_few_for_interval(std::size_t n) { return n > 1 && n < 4; }

/// A mean and the half-width of its interval, in the unit of the values.
struct Interval {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double half = std::numeric_limits<double>::quiet_NaN();  ///< NaN: unknown (fewer than two values, or NaN)
  int n = 0;                                               ///< how many values
  double least = mean, most = mean;                        ///< of them
  double low() const { return mean - half; }
  double high() const { return mean + half; }
  bool known() const { return half == half; }  ///< whether there is a half-width
  /// Whether readers are shown the range instead.
  bool few() const { return too_few_for_interval(n); }
  double shown_low() const { return few() ? least : low(); }
  double shown_high() const { return few() ? most : high(); }
  bool excludes(double x) const { return x < low() || x > high(); }  ///< false if the interval is unknown
};

/// Mean ± t·s/√n with s the sample deviation (n − 1). One value: its mean, half NaN. None: both NaN.
/// Any NaN or infinity among the values: the mean is NaN or infinite and half is NaN.
Interval mean_interval(std::span<const double> values, double confidence = 0.95);

/// The interval of a[i] − b[i]: two arms run with the same seeds. Excludes 0 = they differ at the 5% level.
/// @throws Error unless a and b have one length
Interval paired_difference(std::span<const double> a, std::span<const double> b);

/// The p-quantile, 0 ≤ p ≤ 1, linear between the sorted values (NumPy's default). Infinities are sorted
/// as numbers ("never reached" = ∞ keeps its place); any NaN, or no value: NaN.
double quantile(std::span<const double> values, double p);

/// quantile(values, 0.5)
double median(std::span<const double> values);

/// The values that are neither NaN nor infinite, in their order.
std::vector<double> finite(std::span<const double> values);

}}  // namespace norma
