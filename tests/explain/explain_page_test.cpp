// How lessons look: on a terminal, in a pipe, and as a page.
#include "apps/explain/engine/mathml.h"
#include "apps/explain/engine/page.h"
#include "apps/explain/engine/terminal.h"
#include "apps/explain/lessons.h"
#include "apps/report/table.h"
#include "tests/support/run_command.h"

namespace norma { namespace {

// What is wrong with a page: a tag that is not closed, closes another, or is no tag; "" if nothing is.
std::string fault_of(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos) return "'<' without '>'";
    const std::string tag = html.substr(at + 1, end - at - 1), name = tag.substr(0, tag.find(' '));
    at = end;
    if (tag == "!doctype html" || name == "meta" || name == "br" || tag.ends_with('/')) continue;
    if (tag.find('<') != std::string::npos || std::count(tag.begin(), tag.end(), '"') % 2) return "<" + tag;
    if (tag[0] != '/') {
      open.push_back(name);
    } else if (open.empty() || open.back() != tag.substr(1)) {
      return "</" + tag.substr(1) + "> after <" + (open.empty() ? "" : open.back()) + ">";
    } else {
      open.pop_back();
    }
  }
  for (std::size_t at = html.find('&'); at != std::string::npos; at = html.find('&', at + 1)) {
    if (html.find(';', at) > at + 6) return "'&' at " + std::to_string(at);
  }
  return open.empty() ? "" : "<" + open.back() + "> stays open";
}

int widest(const std::string& text) {
  int width = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) width = std::max(width, display_width(line));
  return width;
}

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

TEST_CASE("explain: every lesson fits 80 columns, and colour changes nothing but colour") {
  CHECK(all_lessons().size() == 8);
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

TEST_CASE("explain: every page is well-formed, without script, with every formula in MathML") {
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

TEST_CASE("explain: text of a document is escaped on a page") {
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

TEST_CASE("explain: a line of code that is lost is shown by its file and piece") {
  Document d("t", "s");
  d.code({"core/x.cpp", 0, "piece", ""});
  CHECK(has(terminal_text(d, false), "    core/x.cpp\n      piece\n"));
  CHECK(has(page_html(d), ">core/x.cpp</code><br><code>piece<"));
}

TEST_CASE("explain: MathML of a formula as the code writes it") {
  const auto inside = [](const std::string& plain) {
    const std::string all = mathml(plain), open = "<math display=\"block\">";
    return all.substr(open.size(), all.size() - open.size() - std::string("</math>").size());
  };
  CHECK(inside("y = γ") == "<mi>y</mi><mo>=</mo><mi>γ</mi>");
  CHECK(inside("1/m") == "<mfrac><mn>1</mn><mi>m</mi></mfrac>");
  CHECK(inside("x̂") == "<mover accent=\"true\"><mi>x</mi><mo>^</mo></mover>");
  CHECK(inside("σₖ²") == "<msubsup><mi>σ</mi><mrow><mi>k</mi></mrow><mrow><mn>2</mn></mrow></msubsup>");
  CHECK(inside("Wᵀ") == "<msup><mi>W</mi><mrow><mi>T</mi></mrow></msup>");
  CHECK(inside("√n") == "<msqrt><mi>n</mi></msqrt>");
  CHECK(inside("(x − μ)/√(σ + ε)") ==
        "<mfrac><mrow><mi>x</mi><mo>−</mo><mi>μ</mi></mrow>"
        "<msqrt><mrow><mi>σ</mi><mo>+</mo><mi>ε</mi></mrow></msqrt></mfrac>");
  CHECK(inside("dy") == "<mrow><mi>d</mi><mi>y</mi></mrow>");
  CHECK(inside("running_mean") == "<mi>running_mean</mi>");
  CHECK(inside("a  b") == "<mi>a</mi><mspace width=\"2em\"/><mi>b</mi>");
  CHECK(inside("a < b") == "<mi>a</mi><mo>&lt;</mo><mi>b</mi>");
  CHECK(has(inside("a^(−3/2)"), "<msup><mi>a</mi><mrow><mo>−</mo><mfrac>"));
  for (const char* broken : {"", "(", ")", "a/", "√", "^", "a^", "((x)", "_", "d"})
    CHECK_MESSAGE(fault_of(mathml(broken)) == "", broken);
}

TEST_CASE("command: explain lists its lessons, and the help every option") {
  const Place place;
  const Finished list = place.run("explain"), help = place.run("explain --help");
  CHECK((list.code == 0 && help.code == 0 && list.err.empty()));
  for (const Lesson& lesson : all_lessons())
    CHECK((has(list.out, lesson.name) && has(list.out, lesson.summary)));
  CHECK(widest(list.out) <= 80);
  CHECK((has(help.out, "LESSON") && has(help.out, "--html")));
  CHECK(has(place.run("--help").out, "explain"));
  CHECK(place.files().empty());
}

TEST_CASE("command: explain LESSON, in a pipe without escape codes, the same every time") {
  const Place place;
  for (const Lesson& lesson : all_lessons()) {
    CAPTURE(lesson.name);
    const Finished f = place.run("explain " + lesson.name);
    CHECK((f.code == 0 && f.err.empty()));
    CHECK(f.out == terminal_text(lesson.document(), false));
    CHECK(f.out == place.run("explain " + lesson.name, {"OMP_NUM_THREADS=1"}).out);
  }
  CHECK(place.files().empty());
}

TEST_CASE("command: explain colours on a terminal, unless NO_COLOR or TERM say not to") {
  if (!has_terminals()) return;
  const Place place;
  const auto coloured = [&](const std::string& variables) {
    return has(place.on_terminal("explain by-hand", variables), "\033[");
  };
  CHECK(coloured("-u NO_COLOR TERM=xterm"));
  CHECK(coloured("NO_COLOR= TERM=xterm"));  // no-color.org: only where it is not empty
  CHECK(!coloured("NO_COLOR=1 TERM=xterm"));
  CHECK(!coloured("-u NO_COLOR TERM=dumb"));
  CHECK(!coloured("-u NO_COLOR -u TERM"));
}

TEST_CASE("command: explain --html writes a page, and over an older one") {
  const Place place;
  put(place.here / "page.html", "old");
  const Finished f = place.run("explain view --html page.html");
  CHECK((f.code == 0 && f.out == "page.html\n"));
  const std::string html = contents(place.here / "page.html");
  CHECK(html == page_html(view_lesson()));
  CHECK(fault_of(html) == "");
  CHECK(place.files() == std::set<std::string>{"page.html"});
}

TEST_CASE("command: explain refuses what it does not know") {
  const Place place;
  check_all(place,
            {{"explain by-hnd", {"there is no lesson 'by-hnd'", "did you mean 'by-hand'"}},
             {"explain xyzzy", {"there is no lesson 'xyzzy'", "one of: by-hand, mini-batch"}},
             {"explain ''", {"explain: nothing given"}},
             {"explain by-hand view", {"'view' is not understood", "one LESSON is wanted"}},
             {"explain --html page.html", {"--html needs a lesson"}},
             {"explain by-hand --html", {"--html", "a value is wanted"}},
             {"explain by-hand --html ''", {"--html", "nothing given"}},
             {"explain by-hand --html no/such/page.html", {"no/such"}},
             {"explain by-hand --htm page.html", {"'--htm' is not understood", "did you mean '--html'"}}});
}

}  // namespace
}  // namespace norma
