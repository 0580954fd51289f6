// Ticks and ranges of axes.
#include "apps/report/axis.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cmath>
#include <limits>
#include <string>

namespace norma { inline namespace NORMA_BUILD { namespace {

std::string labels(const Axis& axis) {
  std::string out;
  for (const Tick& tick : axis.ticks) {
    if (!tick.label.empty()) out += (out.empty() ? "" : " ") + tick.label;
  }
  return out;
}

TEST_CASE("ticks are where a reader expects them") {
  CHECK(labels(make_axis(0.1, 0.98, false, true, Fit::nice)) == "0% 20% 40% 60% 80% 100%");
  CHECK(labels(make_axis(0.95, 0.981, false, true, Fit::exact)) ==
        "95.0% 95.5% 96.0% 96.5% 97.0% 97.5% 98.0%");
  CHECK(labels(make_axis(100, 50000, true, false, Fit::exact)) == "100 1,000 10,000");
  CHECK(labels(make_axis(0.02, 2.3, true, false, Fit::exact)) == "0.02 0.05 0.1 0.2 0.5 1 2");
  CHECK(labels(make_axis(1e-6, 1e-2, true, false, Fit::exact)) == "10⁻⁶ 10⁻⁵ 0.0001 0.001 0.01");
  CHECK(labels(make_axis(0, 50000, false, false, Fit::exact)) == "0 10,000 20,000 30,000 40,000 50,000");
  CHECK(labels(make_axis(-1, 1, false, false, Fit::exact)) == "−1.0 −0.5 0.0 0.5 1.0");
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("an axis can always be drawn") {
  const double odd[] = {nan, infinity, -infinity, -1, 0, 1e-320, 1e-9, 1, 1e308};
  for (double low : odd) {
    for (double high : odd) {
      for (int k = 0; k < 8; ++k) {
        const Axis axis = make_axis(low, high, k & 1, k & 2, k & 4 ? Fit::nice : Fit::exact);
        CHECK(axis.low < axis.high);
        CHECK(std::isfinite(axis.high - axis.low));
        CHECK((!axis.log || axis.low > 0));
        CHECK(axis.ticks.size() < 120);
      }
    }
  }
}

}  // namespace
}}  // namespace norma
