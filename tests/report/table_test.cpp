// Tables, and the text in them.
#include "apps/report/table.h"

#include <doctest/doctest.h>

#include "apps/report/text.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace report_table_test {

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

}  // namespace report_table_test
}}  // namespace norma
