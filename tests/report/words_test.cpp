// What the reader of a comparison sees in words: intervals, tables, suggestions. Pictures: figure_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "apps/report/statistics.h"
#include "apps/report/table.h"
#include "core/suggest.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// --- statistics ----------------------------------------------------------------------------------------

TEST_CASE("t quantiles are those of the tables") {
  const double known[][2] = {{1, 12.7062}, {2, 4.3027},  {3, 3.1824},   {4, 2.7764},   {9, 2.2622},
                             {19, 2.0930}, {30, 2.0423}, {120, 1.9799}, {1000, 1.9623}};
  for (const auto& [df, t] : known) CHECK(std::abs(t_quantile95(static_cast<int>(df)) - t) < 5e-5);
  CHECK(std::abs(t_quantile95(1) - std::tan(0.95 * std::acos(-1.0) / 2)) < 1e-8);  // Cauchy
  CHECK(std::abs(t_quantile95(2) - 4.302652730) < 1e-8);
  CHECK(std::abs(t_quantile95(1'000'000'000) - 1.959963985) < 1e-6);
  CHECK_THROWS_AS(t_quantile95(0), Error);
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

// --- tables --------------------------------------------------------------------------------------------

TEST_CASE("columns line up, whatever their characters") {
  Table table({"arm", "accuracy", "steps"});
  table.row({"with BN", "97.12 ± 0.08%", "1,200"})
      .row({"ohne – naïve 表", "9.5 ± 0.2%", "never"})
      .row({"x", "–"});
  CHECK(table.text() ==
        "arm                   accuracy  steps\n"
        "───────────────  ─────────────  ─────\n"
        "with BN          97.12 ± 0.08%  1,200\n"
        "ohne – naïve 表     9.5 ± 0.2%  never\n"
        "x                            –\n");
  CHECK(table.text(2).starts_with("  arm "));
  CHECK_THROWS_AS(table.row({"1", "2", "3", "4"}), Error);
}

TEST_CASE("display width counts columns, not bytes") {
  CHECK(display_width("97.12 ± 0.08 ×") == 14);
  CHECK(display_width("e\u0301") == 1);  // combining accent
  CHECK(display_width("表") == 2);
  CHECK(display_width("\xff") == 1);
  CHECK(display_width("") == 0);
}

TEST_CASE("a cell cannot reach the terminal, the table or the page") {
  Table table({"a|b", "<i>"});
  table.row({"\x1b[2J\n\r\tx", "<script>alert('1')</script> & `c` | _d_"});
  CHECK_FALSE(contains(table.text(), "\x1b"));
  CHECK(occurrences(table.text(), "\n") == 3);
  CHECK(contains(table.markdown(), "| a\\|b | &lt;i> |\n"));
  CHECK(contains(table.markdown(), "&lt;script>alert('1')&lt;/script> &amp; \\`c\\` \\| \\_d\\_ |"));
  CHECK_FALSE(contains(table.html(), "<script"));
  CHECK(contains(table.html(), "&lt;script&gt;alert(&#39;1&#39;)"));
  CHECK(escape_html("\xff\x01<\"") == "\uFFFD\uFFFD&lt;&quot;");
}

TEST_CASE("words for numbers") {
  CHECK(percent(0.97123) == "97.12%");
  CHECK(percent(0.5, 0) == "50%");
  CHECK(percent(-1e-9) == "0.00%");
  CHECK(percent(nan) == "–");
  CHECK(percent(Interval{.mean = .9712, .half = .0008, .n = 5}) == "97.12 ± 0.08%");
  CHECK(percent(Interval{.mean = .9712, .n = 1}) == "97.12 ± ?%");
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

// --- suggestions ---------------------------------------------------------------------------------------

TEST_CASE("the nearest name") {
  const std::vector<std::string> known{"lr", "momentum", "batch-size", "steps", "seed", "norm"};
  CHECK(nearest("lrr", known) == "lr");
  CHECK(nearest("LR", known) == "lr");
  CHECK(nearest("momentmu", known) == "momentum");
  CHECK(nearest("batch_size", known) == "batch-size");
  CHECK(nearest("batch", known) == "batch-size");
  CHECK(nearest("stpes", known) == "steps");
  CHECK(nearest("zebra", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("x", known).empty());
  CHECK(did_you_mean("sede", known) == "; did you mean 'seed'?");
  CHECK(did_you_mean("zebra", {"a", "b"}) == "; one of: a, b");
  CHECK(did_you_mean("zebra", {}).empty());
}

}  // namespace
}}  // namespace norma
