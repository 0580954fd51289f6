// Curves in characters: each value at its place, nothing where there is none.
#include "apps/report/plot_text.h"

#include <doctest/doctest.h>

#include <cmath>

#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD { namespace report_plot_text_test {

std::string whole(double v) { return count(v); }
std::string tenths(double v) { return percent(v, 0); }

TEST_CASE("sparkline: the least is the lowest bar, the greatest the highest") {
  CHECK(sparkline({}, 8) == "");
  CHECK(sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 8) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline({7, 0}, 8) == "█▁");
  CHECK(sparkline({3, 3, 3}, 8) == "▅▅▅");  // no more and no less
  CHECK(sparkline({0, NAN, 1, INFINITY}, 8) == "▁·█·");
  CHECK(sparkline({0, 0, 1, 1, 2, 2}, 3) == "▁▅█");  // means of pairs
  CHECK(sparkline({0, NAN, 1, 1}, 2) == "▁█");
  CHECK(display_width(sparkline(std::vector<double>(1000, 1.0), 30)) == 30);
}

TEST_CASE("plot_text: a diagonal, its frame and its ends") {
  const std::string plot = plot_text({0, 100}, {0, 1}, 2, 1, whole, tenths);
  CHECK(plot ==
        "100% ┤⡠⠊\n"
        "      0 100\n");
  CHECK(plot_text({}, {}, 10, 3, whole, tenths) == "(nothing to draw yet)\n");
  CHECK(plot_text({1}, {NAN}, 10, 3, whole, tenths) == "(nothing to draw yet)\n");
  CHECK_THROWS_AS(plot_text({1}, {}, 10, 3, whole, tenths), Error);
}

TEST_CASE("plot_text: every line is as wide as the frame, whatever the values") {
  std::vector<double> x, y;
  for (int i = 0; i < 500; ++i) x.push_back(i), y.push_back(i % 50 == 7 ? NAN : std::sin(i / 20.0) * 1e6);
  const std::string plot = plot_text(x, y, 40, 6, whole, whole);
  CHECK(display_width(plot.substr(0, plot.find('\n'))) > 42);
  int lines = 0;
  for (std::size_t at = 0; at < plot.size(); ++lines) {
    const std::size_t end = plot.find('\n', at);
    if (lines < 6)
      CHECK(display_width(plot.substr(at, end - at)) == display_width(plot.substr(0, plot.find('\n'))));
    at = end + 1;
  }
  CHECK(lines == 7);
}

}}}  // namespace norma::report_plot_text_test
