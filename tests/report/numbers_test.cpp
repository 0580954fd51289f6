// Numbers as words for a reader.
#include "apps/report/numbers.h"

#include <doctest/doctest.h>

#include <limits>

namespace norma { inline namespace NORMA_BUILD { namespace report_numbers_test {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("words: 100% is all and 0% is none, however little is missing") {
  CHECK(percent(1) == "100.00%");
  CHECK(percent(0) == "0.00%");
  CHECK(percent(1 - 1.0 / 50'000) == "> 99.99%");
  CHECK(percent(1.0 / 50'000) == "< 0.01%");
  CHECK(percent(0.9999, 0) == "> 99%");
  CHECK(percent(1e-12, 1) == "< 0.1%");
  CHECK(percent(0.9999) == "99.99%");
  CHECK(percent(Interval{.mean = 1 - 1e-6, .half = 1e-6, .n = 5}) == "99.99 ± 0.00%");
  CHECK(percent(Interval{.mean = 1e-6, .half = 1e-6, .n = 5}) == "0.01 ± 0.00%");
  CHECK(percent(Interval{.mean = 1, .half = 0, .n = 5}) == "100.00 ± 0.00%");
}

TEST_CASE("words for numbers") {
  CHECK(percent(0.97123) == "97.12%");
  CHECK(percent(0.5, 0) == "50%");
  CHECK(percent(-1e-9) == "0.00%");
  CHECK(percent(nan) == "–");
  CHECK(percent(Interval{.mean = .9712, .half = .0008, .n = 5}) == "97.12 ± 0.08%");
  CHECK(percent(Interval{.mean = .9712, .n = 1}) == "97.12%");
  CHECK(points(Interval{.mean = .012, .half = .0031, .n = 5}) == "+1.20 ± 0.31 points");
  CHECK(points(Interval{.mean = -.012, .half = .0031, .n = 5}) == "−1.20 ± 0.31 points");
  CHECK(count(50000) == "50,000");
  CHECK(count(-1234567) == "−1,234,567");
  CHECK(count(999) == "999");
  CHECK(count(infinity) == "∞");
  CHECK(seconds(83.2) == "1 min 23 s");
  CHECK(seconds(4.2) == "4.2 s");
  CHECK(seconds(0.35) == "350 ms");
  CHECK(seconds(59.97) == "1 min 00 s");
  CHECK(seconds(3599.7) == "1 h 00 min");
  CHECK(seconds(7500) == "2 h 05 min");
  CHECK(number(0.0912) == "0.0912");
  CHECK(number(3.2e-5) == "3.2e-05");
  CHECK(number(12345.6) == "12,346");
  CHECK(number(0.5) == "0.5");
  CHECK(number(0.99996) == "1");
  CHECK(number(0) == "0");
  CHECK(number(-2.345) == "−2.35");
  CHECK(number(Interval{.mean = .09123, .half = .00312, .n = 5}) == "0.0912 ± 0.0031");
  CHECK(number(Interval{.mean = 12345, .half = 310, .n = 5}) == "12,345 ± 310");
  CHECK(signed_number(0.25) == "+0.25");
}

TEST_CASE("words: of two or three values their range, and nothing outside 0 to 100%") {
  const std::vector<double> two = {0.99, 0.8}, equal = {0.99, 0.99}, wide = {0.99, 0.99, 0.99, 0.6};
  CHECK(percent(mean_interval(two)) == "89.50% (80.00 to 99.00)");
  CHECK(points(mean_interval(two)) == "+89.50 points (+80.00 to +99.00)");
  CHECK(number(mean_interval(two)) == "0.895 (0.8 to 0.99)");
  CHECK(percent(mean_interval(equal)) == "99.00%");
  CHECK(percent(mean_interval(wide)) == "89.25% (58.22 to 100.00)");
}

}  // namespace report_numbers_test
}}  // namespace norma
