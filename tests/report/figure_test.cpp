// Figures: data, script and picture; what is drawn of runs that diverged and of hostile text.
#include "apps/report/figure.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "apps/report/gnuplot.h"
#include "data/formats/files.h"
#include "tests/support/figures.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace report_figure_test {

namespace fs = std::filesystem;
using Folder = TemporaryFolder;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("an arm has one colour in all figures") {
  CHECK((arm_colour("none") == 0 && arm_colour("batch") == 1 && arm_colour("batch-renorm") == 4));
  CHECK((arm_colour("group:4") == arm_colour("group:8") && arm_colour("group:4") != arm_colour("layer")));
  CHECK((arm_colour("weight") == 6 && arm_colour("noisy") == 7));
}

TEST_CASE("an axis can always be drawn") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  const double odd[] = {infinity, -1, 0, 1e-320, 1e-9, 1, 1e308};
  for (double low : odd) {
    for (double high : {nan, -infinity, 0.0, 1.0, 1e308}) {
      for (bool log : {false, true}) {
        Figure figure{
            .log_x = log, .log_y = log, .series = {{.label = "a", .x = {low, high}, .y = {high, low}}}};
        CHECK_MESSAGE(draw(figure, folder.path, "odd", messages) != "", low, " to ", high);
        HeatMap map{.x_names = {"", "b"}, .y_names = {"c"}, .values = {low, high}, .log_value = log};
        CHECK_MESSAGE(draw(map, folder.path, "odd", messages) != "", low, " to ", high);
      }
    }
  }
  CHECK(messages.str() == "");
}

TEST_CASE("a logarithmic axis of few decades names numbers between them") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  Figure figure{.log_y = true, .series = {{.x = {0, 1}, .y = {0.6, 2.4}}}};
  const std::string svg = read_file(draw(figure, folder.path, "loss", messages));
  CHECK((contains(svg, ">1</") && contains(svg, ">1.5</") && contains(svg, ">2</")));
}

TEST_CASE("a dashed line of a colour that a solid one has is dashed in the legend too") {
  const Folder folder;
  Figure figure = accuracy();
  figure.series[0].colour = figure.series[1].colour = 1;
  std::ostringstream messages;
  const std::string svg = read_file(draw(figure, folder.path, "f", messages));
  if (svg.empty()) return;
  const std::size_t at = svg.find("dasharray");
  REQUIRE(at != svg.npos);
  CHECK(svg.find("dasharray", at + 1) == svg.npos);
  CHECK(occurrences(svg.substr(at, svg.find("/>", at) - at), "M") == 2);  // the line, and its sample
}

TEST_CASE("a figure leaves its data, its script and its picture") {
  const Folder folder;
  std::ostringstream messages;
  const std::string path = draw(accuracy(), folder.path / "figures", "accuracy", messages);
  const std::string data = read_file(folder.path / "figures/accuracy.csv");
  CHECK(data.starts_with("series,x,y,low,high\n\"with BN\",100,0.5,0.4,0.6\n"));
  CHECK(contains(data, "\"without\",10000,0.9,,\n"));
  CHECK(contains(read_file(folder.path / "figures/accuracy.gp"), "title 'with BN'"));
  CHECK(messages.str().empty());
  if (!have_gnuplot()) return;

  REQUIRE(path == (folder.path / "figures/accuracy.svg").string());
  const std::string svg = read_file(path);
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(contains(svg, "viewBox=\"0 0 "));
  CHECK(contains(svg, "prefers-color-scheme:dark"));
  CHECK(contains(svg, "role=\"img\""));
  CHECK(contains(svg, ">test accuracy</title>"));
  CHECK(contains(svg, "with BN: 98.00% at 10,000."));
  for (const char* rule : {" [stroke=\"rgb(  0, 114, 178)\"]{stroke:", " [fill=\"black\"]"})
    CHECK(contains(svg, rule));  // text and first line, in the dark too
  CHECK((contains(svg, "stroke='rgb(  0, 114, 178)'") && contains(svg, "fill=\"black\"")));
  CHECK_FALSE(contains(svg, "nuplot"));  // no version, no ids that another figure has too
  CHECK(occurrences(svg, " id=") ==
        occurrences(svg, " id=\"figure-accuracy") + occurrences(svg, " id='figure-accuracy-"));
  for (const char* word : {"100%", "10000", "training steps", "with BN", "without"})
    CHECK(contains(svg, word));

  const Folder again;
  CHECK(read_file(draw(accuracy(), again.path, "accuracy", messages)) == svg);
  CHECK(again.files() == 3);
}

TEST_CASE("the script draws its figure by itself") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  draw(accuracy(), folder.path, "accuracy", messages);
  fs::remove(folder.path / "accuracy.svg");
  REQUIRE(std::system(("cd '" + folder.path.string() + "' && gnuplot accuracy.gp").c_str()) == 0);
  CHECK(contains(read_file(folder.path / "accuracy.svg"), "</svg>"));
}

TEST_CASE("hostile text stays text") {
  const Folder folder;
  std::ostringstream messages;
  Figure figure = accuracy();
  const std::string attack =
      "'; system('touch owned'); x = '$x_{1}^2 \"q\" \\n `touch owned` @date %d </text><script>\r\n\x1b[2J "
      "\xff\\";
  figure.title = figure.x_label = figure.y_label = figure.series[0].label = attack;
  figure.series[1].label = "'";
  const std::string path = draw(figure, folder.path, "hostile", messages);
  CHECK(messages.str() == "");
  CHECK(folder.files() == (have_gnuplot() ? 3 : 2));
  CHECK(occurrences(read_file(folder.path / "hostile.csv"), "\n") == 7);
  if (!have_gnuplot()) return;
  const std::string svg = read_file(path);
  CHECK_FALSE(contains(svg, "<script"));
  CHECK_FALSE(contains(svg, "\x1b"));
  CHECK(contains(svg, "$x_{1}^2"));
  CHECK(contains(svg, "`touch owned` @date %d"));

  HeatMap map{.title = attack,
              .value_label = attack,
              .x_names = {attack, "100%"},
              .y_names = {attack},
              .values = {1, 2}};
  CHECK(draw(map, folder.path, "map", messages) != "");
  CHECK(folder.files() == 6);
}

TEST_CASE("runs that diverged leave gaps") {
  const Folder folder;
  std::ostringstream messages;
  Figure figure = accuracy();
  figure.series[0].y = {.5, nan, infinity};
  figure.series[0].low = {.4, nan, -infinity};
  figure.series[1].y = {nan, nan, nan};
  figure.series.push_back({});
  for (bool log : {false, true}) {
    figure.log_y = log;
    const std::string path = draw(figure, folder.path, "gaps", messages);
    CHECK(messages.str() == "");
    CHECK(contains(read_file(folder.path / "gaps.csv"), "1000,NaN,NaN,0.92"));
    CHECK(path.empty() != have_gnuplot());
  }
  CHECK(draw(Figure{}, folder.path, "empty", messages).empty() != have_gnuplot());
  Figure negative{.log_x = true, .log_y = true, .series = {{.x = {-1, 0}, .y = {0, -2}}}};
  CHECK(draw(negative, folder.path, "negative", messages).empty() != have_gnuplot());
  CHECK(messages.str() == "");
}

TEST_CASE("a circle is round where the axes are equal") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  Figure figure{.equal_axes = true, .series = {{.x = {-1, 0, 1, 0}, .y = {0, 1, 0, -1}, .colour = 1}}};
  const std::string svg = read_file(draw(figure, folder.path, "circle", messages));
  const std::size_t path = svg.find("<path stroke='rgb(213,  94,   0)'");
  REQUIRE(path != svg.npos);
  double x[4], y[4];
  REQUIRE(std::sscanf(svg.c_str() + svg.find(" d='M", path), " d='M%lf,%lf L%lf,%lf L%lf,%lf L%lf,%lf", x, y,
                      x + 1, y + 1, x + 2, y + 2, x + 3, y + 3) == 8);
  CHECK((x[2] - x[0]) / (y[3] - y[1]) == doctest::Approx(1).epsilon(0.01));
}

TEST_CASE("a pointer that rests on a point is told its value, without a script") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  Figure figure{.percent_y = true, .series = {{.label = "with BN", .x = {500, 1000}, .y = {0.951, 0.97}}}};
  const std::string svg = read_file(draw(figure, folder.path, "hover", messages));
  CHECK((contains(svg, "<title>with BN: 95.1% at 500</title>") && contains(svg, "with BN: 97% at 1000")));
  CHECK((!contains(svg, "onmouse") && !contains(svg, "gnuplot_svg")));
}

TEST_CASE("a band is an interval, of fewer than four values their range") {
  const std::vector<double> two = {1, 2}, four = {1, 2, 1, 2};
  Series s;
  s.add(0, mean_interval(two));
  s.add(1, mean_interval(four));
  CHECK((s.low[0] == 1 && s.high[0] == 2));
  CHECK((s.low[1] < 1 && s.high[1] > 2));
}

TEST_CASE("figures that are compared share a range, and an order has its own colours") {
  Figure a{.series = {{.x = {0, 1}, .y = {1, 2}}}}, b{.series = {{.x = {0, 1}, .y = {-3, 0}}}};
  share_y(a, b);
  CHECK((a.y_min == b.y_min && a.y_max == b.y_max && a.y_min < -3 && a.y_max > 2));
  CHECK((ordered_colour(0, 3) < ordered_colour(1, 3) && ordered_colour(1, 3) < ordered_colour(2, 3)));
  CHECK(ordered_colour(0, 1) == ordered_colour(0, 3));
}

TEST_CASE("a figure that cannot be is an error") {
  const Folder folder;
  std::ostringstream messages;
  for (const char* name : {"", "../up", "a b", "-e", ".hidden", "a'b", "é"})
    CHECK_THROWS_AS(draw(Figure{}, folder.path, name, messages), Error);
  Figure figure = accuracy();
  figure.series[0].high.pop_back();
  CHECK_THROWS_AS(draw(figure, folder.path, "x", messages), Error);
  figure = accuracy();
  figure.series[1].x.pop_back();
  CHECK_THROWS_AS(draw(figure, folder.path, "x", messages), Error);
  std::ofstream(folder.path / "file") << "not a folder";
  CHECK_THROWS_AS(draw(accuracy(), folder.path / "file", "x", messages), Error);
  CHECK(folder.files() == 1);
}

}  // namespace report_figure_test
}}  // namespace norma
