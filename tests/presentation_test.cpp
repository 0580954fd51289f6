// What the reader of a comparison sees: intervals, tables, suggestions, figures and pages.
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

#include "apps/axis.h"
#include "apps/figure.h"
#include "apps/html.h"
#include "apps/statistics.h"
#include "apps/suggest.h"
#include "apps/table.h"

namespace norma::inline NORMA_BUILD {
namespace {

namespace fs = std::filesystem;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int occurrences(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A folder that is gone at the end of the test.
struct Folder {
  fs::path path;
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "norma-presentation-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    path = pattern;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  int files() const {
    return static_cast<int>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

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

// --- axes ----------------------------------------------------------------------------------------------

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
}  // namespace norma::inline NORMA_BUILD
