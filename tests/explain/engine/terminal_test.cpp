// Lessons on a terminal.
#include "apps/explain/engine/terminal.h"

#include <doctest/doctest.h>

#include "apps/explain/lessons.h"
#include "apps/report/table.h"
#include "tests/support/pages.h"
#include "tests/support/run_command.h"

namespace norma { namespace explain_engine_terminal_test {

std::string without_codes(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033')
      i = text.find('m', i);
    else
      plain += text[i];
  }
  return plain;
}

// Blanks at the ends of lines, which a colour makes visible, left out.
std::string trimmed(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  return out;
}

TEST_CASE("every lesson fits 80 columns, and colour changes nothing but colour") {
  CHECK(all_lessons().size() == 14);
  for (const Lesson& lesson : all_lessons()) {
    CAPTURE(lesson.name);
    const Document d = lesson.document();
    const std::string plain = terminal_text(d, false), coloured = terminal_text(d, true);
    CHECK(widest(plain) <= 80);
    CHECK(!has(plain, "\033"));
    CHECK(has(coloured, "\033["));
    CHECK(trimmed(without_codes(coloured)) == trimmed(plain));
    for (const Block& block : d.blocks) {
      if (const auto* f = std::get_if<Formula>(&block)) CHECK(has(plain, "    " + f->plain + "\n"));
      if (const auto* c = std::get_if<CodeLine>(&block))
        CHECK(has(plain, c->file + (":" + std::to_string(c->line))));
    }
  }
}

}  // namespace explain_engine_terminal_test
}  // namespace norma
