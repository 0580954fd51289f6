#include "apps/report/statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <tuple>

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// The regularized incomplete beta function I_x(a, b), by its continued fraction
//   I_x(a, b) = xᵃ(1−x)ᵇ / (a B(a, b)) · 1/(1 + d₁/(1 + d₂/(1 + …)))       (DLMF 8.17.22)
// evaluated from the front by the modified Lentz method. It converges
// fast for x < (a+1)/(a+b+2); beyond, I_x(a, b) = 1 − I_{1−x}(b, a).
double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);

  const double tiny = 1e-300;  // stands in for a zero denominator
  const auto not_zero = [&](double v) { return std::abs(v) < tiny ? tiny : v; };
  double f = 1, c = 1, d = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double m = i / 2;  // whole
    const double term = i == 0       ? 1
                        : i % 2 == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                                     : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / not_zero(1 + term * d);
    c = not_zero(1 + term / c);
    f *= c * d;
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  const double log_front =
      a * std::log(x) + b * std::log1p(-x) + std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b);
  return std::exp(log_front) * (f - 1) / a;
}

// P(|T| > t) = I_{ν/(ν+t²)}(ν/2, 1/2)
double two_tails(double t, double nu) { return incomplete_beta(nu / 2, 0.5, nu / (nu + t * t)); }

}  // namespace

double t_quantile(int degrees_of_freedom, double confidence) {
  check(degrees_of_freedom >= 1, "t_quantile: needs at least 1 degree of freedom, got ", degrees_of_freedom);
  check(confidence > 0 && confidence < 1, "t_quantile: expected a confidence between 0 and 1, got ",
        confidence);
  double low = 0, high = 1;
  while (two_tails(high, degrees_of_freedom) > 1 - confidence) high *= 2;
  while (high - low > 1e-10 * high) {
    const double t = (low + high) / 2;
    (two_tails(t, degrees_of_freedom) > 1 - confidence ? low : high) = t;
  }
  return (low + high) / 2;
}

Interval mean_interval(std::span<const double> values, double confidence) {
  Interval result;
  result.n = static_cast<int>(values.size());
  if (values.empty()) return result;
  std::tie(result.least, result.most) = std::pair(std::ranges::min(values), std::ranges::max(values));
  double sum = 0;
  for (double v : values) sum += v;
  result.mean = sum / result.n;
  if (result.n < 2 || !std::isfinite(result.mean)) return result;

  double squares = 0;  // Σ (v − mean)²
  for (double v : values) squares += (v - result.mean) * (v - result.mean);
  const double s = std::sqrt(squares / (result.n - 1));
  result.half = t_quantile(result.n - 1, confidence) * s / std::sqrt(result.n);
  return result;
}

Interval paired_difference(std::span<const double> a, std::span<const double> b) {
  check(a.size() == b.size(), "paired_difference: ", a.size(), " values against ", b.size());
  std::vector<double> difference(a.size());
  std::ranges::transform(a, b, difference.begin(), std::minus<>());
  return mean_interval(difference);
}

double quantile(std::span<const double> values, double p) {
  check(p >= 0 && p <= 1, "quantile: expected p between 0 and 1, got ", p);
  if (values.empty() || std::ranges::any_of(values, [](double v) { return std::isnan(v); })) return nan;
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const double position = p * double(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double part = position - double(below);
  if (part == 0 || sorted[below] == sorted[below + 1]) return sorted[below];  // also ∞ and ∞
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

std::vector<double> finite(std::span<const double> values) {
  std::vector<double> kept;
  std::ranges::copy_if(values, std::back_inserter(kept), [](double v) { return std::isfinite(v); });
  return kept;
}

}}  // namespace norma
