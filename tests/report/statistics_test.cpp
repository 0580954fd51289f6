// Means, intervals, quantiles, paired differences.
#include "apps/report/statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace norma { inline namespace NORMA_BUILD { namespace report_statistics_test {

TEST_CASE("t quantiles are those of the tables") {
  const double known[][2] = {{1, 12.7062}, {2, 4.3027},  {3, 3.1824},   {4, 2.7764},   {9, 2.2622},
                             {19, 2.0930}, {30, 2.0423}, {120, 1.9799}, {1000, 1.9623}};
  for (const auto& [df, t] : known) CHECK(std::abs(t_quantile(static_cast<int>(df)) - t) < 5e-5);
  CHECK(std::abs(t_quantile(1) - std::tan(0.95 * std::acos(-1.0) / 2)) < 1e-8);  // Cauchy
  CHECK(std::abs(t_quantile(2) - 4.302652730) < 1e-8);
  CHECK(std::abs(t_quantile(1'000'000'000) - 1.959963985) < 1e-6);
  CHECK_THROWS_AS(t_quantile(0), Error);
}

TEST_CASE("mean and interval by hand") {
  const double values[] = {1, 2, 3, 4, 5};  // s² = 10/4
  const Interval i = mean_interval(values);
  CHECK(i.mean == 3);
  CHECK(i.n == 5);
  CHECK(i.half == doctest::Approx(2.776445 * std::sqrt(2.5) / std::sqrt(5)).epsilon(1e-6));
  CHECK(i.low() == 3 - i.half);
  CHECK(i.excludes(0.5));
  CHECK_FALSE(i.excludes(1.5));

  const double alike[] = {0.1, 0.1, 0.1};
  CHECK(mean_interval(alike).half < 1e-15);
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("an interval that cannot be known says so") {
  const double one[] = {0.5}, odd[] = {0.5, nan, 0.7}, endless[] = {1, infinity};
  CHECK(mean_interval(one).mean == 0.5);
  CHECK_FALSE(mean_interval(one).known());
  CHECK_FALSE(mean_interval(one).excludes(100));
  CHECK(std::isnan(mean_interval({}).mean));
  CHECK(std::isnan(mean_interval(odd).mean));
  CHECK_FALSE(mean_interval(odd).known());
  CHECK(std::isinf(mean_interval(endless).mean));
  CHECK_FALSE(mean_interval(endless).known());
  CHECK(finite(odd) == std::vector<double>{0.5, 0.7});
}

TEST_CASE("paired differences are narrower than their parts") {
  const double a[] = {0.91, 0.95, 0.99}, b[] = {0.90, 0.94, 0.98};
  const Interval d = paired_difference(a, b);
  CHECK(d.mean == doctest::Approx(0.01));
  CHECK(d.half < 1e-12);
  CHECK(d.excludes(0));
  CHECK_THROWS_AS(paired_difference(a, std::span(b, 2)), Error);
}

TEST_CASE("quantiles are NumPy's") {
  const double values[] = {4, 1, 3, 2};
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 1) == 4);
  CHECK(quantile(values, 0.25) == 1.75);
  CHECK(median(values) == 2.5);
  const double never[] = {100, infinity, 200, infinity, infinity};
  CHECK(median(never) == infinity);
  CHECK(quantile(never, 0.25) == 200);
  const double odd[] = {1, nan};
  CHECK(std::isnan(median(odd)));
  CHECK(std::isnan(median({})));
  CHECK_THROWS_AS(quantile(values, 1.5), Error);
}

}  // namespace report_statistics_test
}}  // namespace norma
