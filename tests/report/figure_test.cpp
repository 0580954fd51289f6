// Figures: data, script and picture; what is drawn of runs that diverged and of hostile text.
#include "apps/report/figure.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
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

TEST_CASE("an arm has a name that readers know") {
  CHECK((with_or_without("none") == "without BN" && with_or_without("batch") == "with BN"));
  CHECK((arm_words("none") == "no norm" && arm_words("batch-renorm") == "batch renorm"));
  CHECK((arm_words("group:4") == "group norm 4" && arm_words("layer") == "layer norm"));
}

TEST_CASE("arms that differ by a number have colours in its order") {
  for (int n : {2, 3, 8}) {
    for (int i = 1; i < n; ++i) CHECK(ordered_colour(i - 1, n) < ordered_colour(i, n));
    CHECK((ordered_colour(0, n) == 8 && ordered_colour(n - 1, n) == 15));
  }
  CHECK((number_in("×5") == 5 && number_in("-0.1") == -0.1 && std::isnan(number_in("He")) &&
         std::isnan(number_in(""))));
}

// What stands after `words` in the text.
double number_after(const std::string& text, const std::string& words, std::size_t from = 0) {
  const std::size_t at = text.find(words, from);
  REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + words.size()));
}

TEST_CASE("a picture is as wide as a phone, and its text of one size") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  const std::string svg = read_file(draw(accuracy(), folder.path, "f", messages));
  CHECK(contains(svg, "width=\"358\""));
  CHECK(occurrences(svg, "font-size=\"") == occurrences(svg, "font-size=\"13.0"));
}

TEST_CASE("a circle is round on equal axes") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  for (double size : {0.1, 1.0, 30.0}) {
    Figure figure{.equal_axes = true, .series = {{}}};
    for (int i = 0; i <= 24; ++i) {
      figure.series[0].x.push_back(std::cos(i * std::acos(-1) / 12));
      figure.series[0].y.push_back(std::sin(i * std::acos(-1) / 12));
    }
    figure.series.push_back({.x = {0, 0.1}, .y = {0, size}});
    const std::string svg = read_file(draw(figure, folder.path, "round", messages));
    const std::size_t line = svg.find("stroke='#0072b2'");
    REQUIRE(line != svg.npos);
    double low[2] = {1e9, 1e9}, high[2] = {0, 0};
    std::string path = svg.substr(svg.find("d='M", line) + 4);
    path = path.substr(0, path.find('\''));
    for (char& c : path) c = std::string("MLZ,").find(c) == std::string::npos ? c : ' ';
    std::istringstream numbers(path);
    for (double at[2]; numbers >> at[0] >> at[1];) {
      for (int k : {0, 1}) {
        low[k] = std::min(low[k], at[k]);
        high[k] = std::max(high[k], at[k]);
      }
    }
    CHECK(high[0] - low[0] == doctest::Approx(high[1] - low[1]).epsilon(0.03));
  }
}

TEST_CASE("figures that are compared share their axes") {
  Figure small = accuracy(), large = accuracy();
  large.series[0].x.back() = 20000;
  small.series[0].y = small.series[1].y = {.4, .5, .6};
  small.series[0].low = small.series[0].high = small.series[0].y;
  small.x_min = 50;
  share_axes({&small, &large});
  CHECK((small.x_max == 20000 && large.x_max == 20000 && small.y_min == large.y_min &&
         small.y_max == large.y_max));
  CHECK((small.x_min == 50 && large.x_min == 50 && small.y_min == 0 && small.y_max == 1));
}

TEST_CASE("few runs are lines, from four on they are a band") {
  const Folder folder;
  std::ostringstream messages;
  for (std::size_t n : {1, 2, 3, 4}) {
    std::vector<double> values(n, .5);
    values[0] = .25;
    Series s;
    for (double x : {1, 2, 3}) s.add(x, values);
    values.assign(n, nan);
    s.add(4, values);
    CHECK((s.x.size() == 4 && std::isnan(s.y[3])));
    CHECK(s.runs.size() == (n == 2 || n == 3 ? n : 0));
    CHECK(s.low.size() == (n == 4 ? 4 : 0));
    draw(Figure{.series = {s}}, folder.path, "f", messages);
    CHECK(contains(read_file(folder.path / "f.gp"), "filledcurves") == (n == 4));
    CHECK(contains(read_file(folder.path / "f.csv"), "high,run 1,run 2\n") == (n == 2));
  }
  CHECK(messages.str() == "");
}

TEST_CASE("labels stand at the ends of lines, clear of each other") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  Figure figure{.y_min = 0, .y_max = 1};
  for (const char* name : {"one", "two", "three", "four"})
    figure.series.push_back({.label = name, .x = {0, 1}, .y = {0, 1}});
  std::string svg = read_file(draw(figure, folder.path, "f", messages));
  std::vector<double> heights;
  for (const Series& s : figure.series) {
    const std::size_t text = svg.find(">" + s.label + "</text>"), place = svg.rfind("translate(", text);
    REQUIRE(text != svg.npos);
    heights.push_back(number_after(svg, ",", place));
  }
  std::ranges::sort(heights);
  for (std::size_t i = 1; i < heights.size(); ++i) CHECK(heights[i] - heights[i - 1] > 14);
  CHECK(contains(read_file(folder.path / "f.gp"), "with labels"));
  figure.series[0].label = "a label too long to stand beside a line";
  svg = read_file(draw(figure, folder.path, "f", messages));
  CHECK(
      (!contains(read_file(folder.path / "f.gp"), "with labels") && contains(svg, "to stand beside a line")));
}

TEST_CASE("a point tells its value, and every series has its class") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  Figure figure = accuracy();
  std::string svg = read_file(draw(figure, folder.path, "f", messages));
  CHECK(contains(svg, "<title>with BN, step 10,000: 98.00%</title>"));
  CHECK((contains(svg, "<g class=\"s0\">") && contains(svg, "<g class=\"s1\">") &&
         !contains(svg, "class=\"s2\"")));
  figure.series[0] = {.label = "long"};
  for (int i = 1; i <= 1000; ++i) figure.series[0].add(i, {.5});
  svg = read_file(draw(figure, folder.path, "f", messages));
  CHECK((occurrences(svg, "<title>long, step") > 40 && occurrences(svg, "<title>long, step") <= 60));
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
  figure.series[0].label = "a label that only a legend has room for";
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
  CHECK(contains(read_file(folder.path / "figures/accuracy.gp"), "('with BN')"));
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
  for (const char* rule : {" [stroke=\"#0072b2\"]{stroke:", " [fill=\"black\"]"})
    CHECK(contains(svg, rule));  // text and first line, in the dark too
  CHECK((contains(svg, "stroke='#0072b2'") && contains(svg, "fill=\"black\"")));
  CHECK_FALSE(contains(svg, "nuplot"));  // no version, no ids that another figure has too
  CHECK(occurrences(svg, " id=") ==
        occurrences(svg, " id=\"figure-accuracy") + occurrences(svg, " id='figure-accuracy-"));
  for (const char* word : {"100%", "10000", "training steps", "with BN", "without"})
    CHECK_MESSAGE(contains(svg, word), word);

  const Folder again;
  CHECK(read_file(draw(accuracy(), again.path, "accuracy", messages)) == svg);
  CHECK(again.files() == 3);
}

TEST_CASE("a picture alone is the same, and leaves no files") {
  if (!have_gnuplot()) return;
  const Folder folder, temporary;
  std::ostringstream messages;
  const std::string before = fs::temp_directory_path().string();
  setenv("TMPDIR", temporary.path.c_str(), 1);
  const std::string svg = svg_of(accuracy(), "accuracy", messages);
  setenv("TMPDIR", (temporary.path / "none").c_str(), 1);
  CHECK_THROWS(svg_of(accuracy(), "accuracy", messages));
  setenv("TMPDIR", before.c_str(), 1);
  CHECK(svg == read_file(draw(accuracy(), folder.path, "accuracy", messages)));
  CHECK(temporary.files() == 0);
  CHECK(messages.str().empty());
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
