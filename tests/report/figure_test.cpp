// What the reader of a comparison sees in pictures: axes, figures and pages.
#include "apps/report/figure.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "apps/report/axis.h"
#include "apps/report/gnuplot.h"
#include "apps/report/html.h"
#include "apps/report/statistics.h"
#include "apps/report/table.h"
#include "core/suggest.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

namespace fs = std::filesystem;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

using Folder = TemporaryFolder;

// What $NORMA_GNUPLOT is during a test.
struct Gnuplot {
  explicit Gnuplot(const std::string& program) { setenv("NORMA_GNUPLOT", program.c_str(), 1); }
  ~Gnuplot() { unsetenv("NORMA_GNUPLOT"); }
  Gnuplot(const Gnuplot&) = delete;
  Gnuplot& operator=(const Gnuplot&) = delete;
};

Figure accuracy() {
  Figure figure;
  figure.x_label = "training steps";
  figure.y_label = "test accuracy";
  figure.log_x = figure.percent_y = true;
  figure.series.push_back({.label = "with BN",
                           .x = {100, 1000, 10000},
                           .y = {.5, .9, .98},
                           .low = {.4, .88, .97},
                           .high = {.6, .92, .99}});
  figure.series.push_back({.label = "without", .x = {100, 1000, 10000}, .y = {.1, .5, .9}, .dashed = true});
  return figure;
}

// --- axes ----------------------------------------------------------------------------------------------

std::string labels(const Axis& axis) {
  std::string out;
  for (const Tick& tick : axis.ticks) {
    if (!tick.label.empty()) out += (out.empty() ? "" : " ") + tick.label;
  }
  return out;
}

TEST_CASE("an arm has one colour in all figures") {
  CHECK((arm_colour("none") == 0 && arm_colour("batch") == 1 && arm_colour("batch-renorm") == 4));
  CHECK((arm_colour("group:4") == arm_colour("group:8") && arm_colour("group:4") != arm_colour("layer")));
  CHECK((arm_colour("weight") == 6 && arm_colour("noisy") == 7));
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

// --- figures -------------------------------------------------------------------------------------------

TEST_CASE("a dashed line of a colour that a solid one has is dashed in the legend too") {
  const Folder folder;
  Figure figure = accuracy();
  figure.series[0].colour = figure.series[1].colour = 1;
  std::ostringstream messages;
  const std::string svg = read(draw(figure, folder.path, "f", messages));
  std::size_t dashed = 0;
  for (std::size_t at = svg.find("dasharray"); at != std::string::npos; at = svg.find("dasharray", at + 1))
    ++dashed;
  if (!svg.empty()) CHECK(dashed == 2);  // the line, and its sample
}

TEST_CASE("a figure leaves its data, its script and its picture") {
  const Folder folder;
  std::ostringstream messages;
  const std::string path = draw(accuracy(), folder.path / "figures", "accuracy", messages);
  const std::string data = read(folder.path / "figures/accuracy.csv");
  CHECK(data.starts_with("series,x,y,low,high\n\"with BN\",100,0.5,0.4,0.6\n"));
  CHECK(contains(data, "\"without\",10000,0.9,,\n"));
  CHECK(contains(read(folder.path / "figures/accuracy.gp"), "'1,000' 1000"));
  CHECK(messages.str().empty());
  if (!have_gnuplot()) return;

  REQUIRE(path == (folder.path / "figures/accuracy.svg").string());
  const std::string svg = read(path);
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(contains(svg, "viewBox=\"0 0 "));
  CHECK(contains(svg, "prefers-color-scheme:dark"));
  CHECK(contains(svg, "role=\"img\""));
  CHECK(contains(svg, ">test accuracy</title>"));
  CHECK(contains(svg, "with BN: 98.00% at 10,000."));
  CHECK(contains(svg, "#0072b2"));
  CHECK_FALSE(contains(svg, "\"black\""));
  CHECK_FALSE(contains(svg, "nuplot"));  // no version, no ids that another figure has too
  CHECK(occurrences(svg, " id=\"") == occurrences(svg, " id=\"figure-accuracy"));
  for (const char* word : {"100%", "10,000", "training steps", "with BN", "without"})
    CHECK(contains(svg, word));

  const Folder again;
  CHECK(read(draw(accuracy(), again.path, "accuracy", messages)) == svg);
  CHECK(again.files() == 3);
}

TEST_CASE("the script draws its figure by itself") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  draw(accuracy(), folder.path, "accuracy", messages);
  fs::remove(folder.path / "accuracy.svg");
  REQUIRE(std::system(("cd '" + folder.path.string() + "' && gnuplot accuracy.gp").c_str()) == 0);
  CHECK(contains(read(folder.path / "accuracy.svg"), "</svg>"));
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
  CHECK(occurrences(read(folder.path / "hostile.csv"), "\n") == 7);
  if (!have_gnuplot()) return;
  const std::string svg = read(path);
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
    CHECK(contains(read(folder.path / "gaps.csv"), "1000,NaN,NaN,0.92"));
    CHECK(path.empty() != have_gnuplot());
  }
  CHECK(draw(Figure{}, folder.path, "empty", messages).empty() != have_gnuplot());
  Figure negative{.log_x = true, .log_y = true, .series = {{.x = {-1, 0}, .y = {0, -2}}}};
  CHECK(draw(negative, folder.path, "negative", messages).empty() != have_gnuplot());
  CHECK(messages.str() == "");
}

TEST_CASE("a heat map prints its values and marks what diverged") {
  const Folder folder;
  std::ostringstream messages;
  HeatMap map{.value_label = "test accuracy", .x_names = {"0.1", "1"}, .y_names = {"He", "normal"}};
  map.values = {.98, .5, .1, nan};
  map.percent_value = true;
  const std::string path = draw(map, folder.path, "map", messages);
  CHECK(contains(read(folder.path / "map.csv"), "1,1,NaN,\"×\",\"1\",\"normal\""));
  if (have_gnuplot()) {
    const std::string svg = read(path);
    for (const char* word : {"98.0%", "50.0%", "×", "He", "test accuracy"})
      CHECK(contains(svg, ">" + std::string(word)));
    map.levels = {.3};
    map.log_value = true;
    CHECK(draw(map, folder.path, "map", messages) == path);
    map.values = {nan, nan, nan, nan};
    CHECK(draw(map, folder.path, "map", messages) == path);
  }
  CHECK(messages.str() == "");
  map.values.pop_back();
  CHECK_THROWS_AS(draw(map, folder.path, "map", messages), Error);
}

TEST_CASE("without gnuplot the data and the script are there") {
  const Folder folder;
  std::ostringstream messages;
  std::ofstream(folder.path / "accuracy.svg") << "an old picture";
  for (const char* program : {"", "no-such-program", "/no/such/program"}) {
    const Gnuplot none(program);
    CHECK_FALSE(have_gnuplot());
    CHECK(draw(accuracy(), folder.path, "accuracy", messages) == "");
    CHECK(folder.files() == 2);
  }
  CHECK(messages.str() == "");
}

TEST_CASE("a gnuplot that fails costs one line and the picture") {
  const Folder folder;
  std::ostringstream messages;
  const fs::path program = folder.path / "gnuplot";
  const auto pretend = [&](const std::string& commands) {
    std::ofstream(program) << "#!/bin/sh\n" << commands << "\n";
    fs::permissions(program, fs::perms::owner_all);
  };
  const Gnuplot fake(program.string());

  pretend("echo '  line 3: no such terminal' >&2; exit 1");
  CHECK(draw(accuracy(), folder.path / "out", "a", messages) == "");
  CHECK(messages.str() == "figure a is not drawn; gnuplot: line 3: no such terminal\n");
  CHECK_FALSE(fs::exists(folder.path / "out/a.svg"));
  CHECK(fs::exists(folder.path / "out/a.gp"));

  for (const char* commands : {"exit 0", "echo '<svg viewBox=\"0 0 1 1\"' > a.svg", "kill -9 $$"}) {
    pretend(commands);
    messages.str("");
    CHECK(draw(accuracy(), folder.path / "out", "a", messages) == "");
    CHECK(occurrences(messages.str(), "\n") == 1);
    CHECK_FALSE(fs::exists(folder.path / "out/a.svg"));
  }
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

// --- pages ---------------------------------------------------------------------------------------------

TEST_CASE("a page is whole, offline and escaped") {
  Table table({"arm <i>"});
  table.row({"<b>"});
  Page page("BN & <none>");
  page.lead("Use `--lr 0.1` & win").section("A <h>").text("one\n\ntwo ` alone").list({"<li>"});
  page.table(table, "\"seeds\"").code("norma <x> && y").details("all", table);
  page.figure("<?xml version=\"1.0\"?><svg id=\"s\"></svg>", "what `it` shows").figure("");
  const std::string html = page.str();
  CHECK(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
  CHECK(html.ends_with("</html>\n"));
  for (const char* part :
       {"<meta charset=\"utf-8\">", "name=\"viewport\"", "prefers-color-scheme:dark",
        "<title>BN &amp; &lt;none&gt;</title>", "<code>--lr 0.1</code> &amp; win", "<h2>A &lt;h&gt;</h2>",
        "<p>one</p>\n<p>two ` alone</p>", "<li>&lt;li&gt;</li>", "&lt;b&gt;", "norma &lt;x&gt; &amp;&amp; y",
        "<svg id=\"s\"></svg>", "what <code>it</code> shows", "was not drawn"})
    CHECK_MESSAGE(contains(html, part), part);
  for (const char* part :
       {"<script", "http:", "https:", "<link", "src=", "@import", "url(", "<?xml", "<b>", "<i>"})
    CHECK_FALSE_MESSAGE(contains(html, part), part);
}

}  // namespace
}}  // namespace norma
