// Lessons as pages.
#include "apps/explain/engine/page.h"

#include <doctest/doctest.h>

#include "apps/explain/engine/mathml.h"
#include "apps/explain/engine/terminal.h"
#include "apps/explain/lessons.h"
#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "tests/support/pages.h"
#include "tests/support/run_command.h"

namespace norma { namespace explain_engine_page_test {

TEST_CASE("every page is well-formed, without script, with every formula in MathML") {
  for (const Lesson& lesson : all_lessons()) {
    CAPTURE(lesson.name);
    const Document d = lesson.document();
    const std::string html = page_html(d);
    CHECK(fault_of(html) == "");
    CHECK(!has(html, "<script"));
    CHECK(has(html, "prefers-color-scheme:dark"));
    std::size_t formulas = 0;
    for (const Block& block : d.blocks) {
      if (const auto* f = std::get_if<Formula>(&block)) {
        ++formulas;
        CHECK_MESSAGE(has(html, mathml(f->plain)), f->plain);
        CHECK_MESSAGE(fault_of(mathml(f->plain)) == "", f->plain);
      }
    }
    CHECK(count(html, "<math ") == formulas);
    CHECK(formulas >= 2);
  }
  CHECK(fault_of("<p>a</b>") != "");
  CHECK(fault_of("<p>") != "");
  CHECK(fault_of("a & b") != "");
}

TEST_CASE("text of a document is escaped on a page") {
  Document d("a < b & c", "<script>");
  d.heading("<h>").text("<t>").formula("a < b").table({{"<c>"}, {{"<r>"}}});
  d.numbers({{.name = "<n>", .rows = {"<r>"}, .columns = {"<c>"}, .values = {1}}})
      .grid({"<g>", {"<r>"}, {{"<p>", 1, {0}}}});
  d.code({"<f>", 1, "", "a<b>&c"});
  const std::string html = page_html(d);
  CHECK(fault_of(html) == "");
  for (const char* raw : {"<script>", "<h>", "<t>", "<c>", "<r>", "<n>", "<g>", "<p>\n", "<f>", "a<b>"})
    CHECK_MESSAGE(!has(html, raw), raw);
}

TEST_CASE("plots are figures on a page, each with ids of its own, and a sentence on a terminal") {
  const Plot::Line line{.label = "a <line>", .x = {1, 2, 3}, .y = {1, 4, NAN}};
  Document d("t", "s");
  d.plots({{.caption = "one <caption>", .x_label = "x", .y_label = "y", .lines = {line}},
           {.caption = "two", .x_label = "x", .y_label = "y", .equal_axes = true, .lines = {line}}});
  d.plots({{.caption = "three", .x_label = "x", .y_label = "y", .lines = {line}}});
  const std::string html = page_html(d), text = terminal_text(d, false);
  CHECK(fault_of(html) == "");
  CHECK(count(html, "<figure>") == 3);
  for (const char* caption : {"one &lt;caption&gt;", "two", "three"}) CHECK(has(html, caption));
  CHECK(has(text, "(Drawn with --html: one <caption>)"));
  if (!have_gnuplot()) return;
  CHECK(count(html, "<svg ") == 3);
  for (const char* id : {"\"figure-plot-1\"", "\"figure-plot-2\"", "\"figure-plot-3\""})
    CHECK(count(html, "id=" + std::string(id)) == 1);
  CHECK(html == page_html(d));
}

TEST_CASE("a line of code that is lost is shown by its file and piece") {
  Document d("t", "s");
  d.code({"core/x.cpp", 0, "piece", ""});
  CHECK(has(terminal_text(d, false), "    core/x.cpp\n      piece\n"));
  CHECK(has(page_html(d), ">core/x.cpp</code><br><code>piece<"));
}

}  // namespace explain_engine_page_test
}  // namespace norma
