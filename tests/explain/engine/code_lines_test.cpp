// The lines of code that lessons point at are there.
#include "apps/explain/engine/code_lines.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "apps/explain/lessons.h"
#include "tests/support/text.h"

namespace norma { namespace explain_engine_code_lines_test {

TEST_CASE("every line of code that a lesson points at is there, and every one is pointed at") {
  std::set<std::string> used;
  for (const Lesson& lesson : all_lessons()) {
    const Document d = lesson.document();
    for (const Block& block : d.blocks) {
      if (const auto* c = std::get_if<CodeLine>(&block)) used.insert(std::string(c->file) + "|" + c->piece);
    }
  }
  for (const CodeLine& c : code::all) {
    const std::string file = c.file, piece = c.piece;
    std::ifstream in(NORMA_SOURCE_DIR "/" + file);
    REQUIRE_MESSAGE(in.good(), file);
    int number = 0, found = 0, last = 0;
    std::string text;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (!contains(line, piece)) continue;
      ++found;
      last = number;
      text = line.substr(line.find_first_not_of(' '));
      const bool more = c.text != text && std::getline(in, line);  // if the line below belongs to it
      if (more) text += " " + line.substr(line.find_first_not_of(' '));
      number += more;
    }
    CHECK_MESSAGE(found == 1, "apps/explain/engine/code_lines.txt: ", found, " lines of ", file, " have '",
                  piece, "'; give the piece that names the line now");
    if (found == 1) {
      CHECK_MESSAGE(c.line == last, file, ": '", piece, "' is in line ", last, ", shown is ", c.line);
      CHECK(c.text == text);
    }
    CHECK_MESSAGE(used.count(file + "|" + piece) == 1, file, ": '", piece, "' is in no lesson");
  }
}

}  // namespace explain_engine_code_lines_test
}  // namespace norma
