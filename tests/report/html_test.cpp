// Pages.
#include "apps/report/html.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <string>

#include "apps/report/table.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace report_html_test {

TEST_CASE("a page is whole, offline and escaped") {
  Table table({"arm <i>"});
  table.row({"<b>"});
  Page page("BN & <none>");
  page.lead("Use `--lr 0.1` & win").section("A <h>").text("one\n\ntwo ` alone").list({"<li>"});
  page.table(table, "\"seeds\"").code("norma <x> && y").details("all", table);
  page.figure({"<?xml version=\"1.0\"?><svg id=\"s\"></svg>", "figures/s"}, "what `it` shows")
      .figure({"", "t"});
  page.number("<26>×", "fewer `steps`");
  page.head("<meta name=\"m\">\n").above("<nav>up</nav>\n").css("nav{margin:0}\n");
  const std::string html = page.str();
  CHECK(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
  CHECK(html.ends_with("</html>\n"));
  for (const char* part : {"<meta charset=\"utf-8\">",
                           "name=\"viewport\"",
                           "prefers-color-scheme:dark",
                           "<title>BN &amp; &lt;none&gt;</title>",
                           "<code>--lr 0.1</code> &amp; win",
                           "<h2>A &lt;h&gt;</h2>",
                           "<p>one</p>\n<p>two ` alone</p>",
                           "<li>&lt;li&gt;</li>",
                           "&lt;b&gt;",
                           "norma &lt;x&gt; &amp;&amp; y",
                           "<svg id=\"s\"></svg>",
                           "what <code>it</code> shows",
                           "was not drawn",
                           "<a href=\"figures/s.svg\">SVG</a>",
                           "<a href=\"figures/s.csv\">CSV</a>",
                           "<a href=\"t.csv\">CSV</a>",
                           "<strong>&lt;26&gt;×</strong> <span>fewer <code>steps</code>",
                           "</title>\n<meta name=\"m\">\n<style>",
                           "nav{margin:0}\n</style>",
                           "<main>\n<nav>up</nav>\n<h1>"})
    CHECK_MESSAGE(contains(html, part), part);
  for (const char* part :
       {"<script", "http:", "https:", "<link", "src=", "@import", "url(", "<?xml", "<b>", "<i>"})
    CHECK_FALSE_MESSAGE(contains(html, part), part);
  CHECK_FALSE(contains(html, "t.svg"));  // which is not there
}

TEST_CASE("a file within a page is base64 (RFC 4648, section 10)") {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xff\xfe\xfd", "//79"}};
  for (const auto& [bytes, text] : cases)
    CHECK(data_uri("image/png", bytes) == std::string("data:image/png;base64,") + text);
}

TEST_CASE("readers choose lines and axes without a script") {
  Page page("a page");
  const Series without{.label = "without <BN>", .colour = 0},
      with{.label = "with BN", .colour = 1, .dashed = true};
  page.figures({{{"<svg id=\"a\">", "a"}, "both", {"<svg id=\"b\">", "a-linear"}}}, {"one", {without, with}});
  page.figures({{{"<svg id=\"c\">"}}}, {.id = "two", .log_first = false});
  const std::string html = page.str();
  for (const char* part :
       {"<input type=\"checkbox\" class=\"s0\" checked>", "<input type=\"checkbox\" class=\"s1\" checked>",
        "without &lt;BN&gt;</label>", "<input type=\"radio\" name=\"one\" class=\"log\" checked>",
        "<input type=\"radio\" name=\"one\" class=\"linear\">", "<div class=\"scroll log\"",
        "<div class=\"scroll linear\"", "light-dark(#0072b2,", "dashed", "a-linear.csv"})
    CHECK_MESSAGE(contains(html, part), part);
  for (const char* rule :
       {".switched:has(input.s7:not(:checked)) .side .s7", ".switched:has(.log:checked) .side .linear"})
    CHECK_MESSAGE(contains(html, rule), rule);
  CHECK(occurrences(html, "<input") == 4);  // one line on one axis leaves no choice
  CHECK(occurrences(html, "<div") == occurrences(html, "</div>"));
}

}  // namespace report_html_test
}}  // namespace norma
