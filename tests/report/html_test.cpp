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

}  // namespace report_html_test
}}  // namespace norma
