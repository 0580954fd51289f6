// norma explain.
#include <doctest/doctest.h>

#include "apps/explain/engine/page.h"
#include "apps/explain/engine/terminal.h"
#include "apps/explain/lessons.h"
#include "data/formats/files.h"
#include "tests/support/pages.h"
#include "tests/support/run_command.h"

namespace norma { namespace commands_explain_test {

TEST_CASE("explain lists its lessons, and the help every option") {
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

TEST_CASE("explain LESSON, in a pipe without escape codes, the same every time") {
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

TEST_CASE("explain colours on a terminal, unless NO_COLOR or TERM say not to") {
  if (!has_terminals()) return;
  const Place place;
  const auto coloured = [&](const std::string& variables) {
    return has(place.on_terminal("explain by-hand", variables), "\033[");
  };
  CHECK(coloured("-u NO_COLOR TERM=xterm"));
  CHECK(coloured("NO_COLOR= TERM=xterm"));  // no-color.org: only if it is not empty
  CHECK(!coloured("NO_COLOR=1 TERM=xterm"));
  CHECK(!coloured("-u NO_COLOR TERM=dumb"));
  CHECK(!coloured("-u NO_COLOR -u TERM"));
}

TEST_CASE("explain --html writes a page, and over an older one") {
  const Place place;
  put(place.here / "page.html", "old");
  const Finished f = place.run("explain view --html page.html");
  CHECK((f.code == 0 && f.out == "page.html\n"));
  const std::string html = contents(place.here / "page.html");
  CHECK(html == page_html(all_lessons().back().document()));
  CHECK(fault_of(html) == "");
  CHECK(place.files() == std::set<std::string>{"page.html"});
}

TEST_CASE("explain --site writes all lessons and claims, with the lab, and over an older site if told to") {
  const Place place;
  put(place.here / "built.html", "<!doctype html><title>lab</title>");
  const Finished f = place.run("explain --site site --lab built.html");
  CHECK((f.code == 0 && f.err.empty() && f.out == "site/index.html\n"));
  CHECK(contents(place.here / "site/lab.html") == "<!doctype html><title>lab</title>");
  for (const Lesson& lesson : all_lessons())
    CHECK(has(contents(place.here / ("site/lessons/" + lesson.name + ".html")), "norma explain --site"));
  const std::string before = contents(place.here / "site/index.html");
  CHECK(has(place.run("explain --site site").err, "--site site: holds a site already"));
  CHECK(contents(place.here / "site/index.html") == before);
  CHECK(place.run("explain --site site --lab built.html --overwrite").code == 0);
  CHECK(contents(place.here / "site/index.html") == before);  // the same bytes
  CHECK(list_folder(place.here / "site").size() == 4);        // index.html, lab.html, lessons and claims
  CHECK(!fs::exists(place.here / "site/.norma-site"));
}

TEST_CASE("explain refuses what it does not know") {
  const Place place;
  check_all(place,
            {{"explain by-hnd", {"there is no lesson 'by-hnd'", "did you mean 'by-hand'"}},
             {"explain xyzzy", {"there is no lesson 'xyzzy'", "one of: by-hand, gamma-beta"}},
             {"explain ''", {"explain: expected LESSON, got ''"}},
             {"explain by-hand view", {"expected one LESSON, got 'view' too"}},
             {"explain --html page.html", {"--html needs a lesson"}},
             {"explain by-hand --html", {"--html", "expected a value"}},
             {"explain by-hand --html ''", {"--html", "got ''"}},
             {"explain by-hand --html no/such/page.html", {"no/such"}},
             {"explain by-hand --site s", {"--site", "expected neither a lesson nor --html"}},
             {"explain --site s --html page.html", {"--site", "expected neither a lesson nor --html"}},
             {"explain --site ''", {"--site", "got ''"}},
             {"explain --lab lab.html", {"--lab: has no effect here, it needs --site"}},
             {"explain --results r", {"--results: has no effect here, it needs --site"}},
             {"explain view --overwrite", {"--overwrite: has no effect here, it needs --site"}},
             {"explain --site s --lab no.html", {"no.html"}},
             {"explain --site s --lab $DATA/train-labels-idx1-ubyte", {"--lab", "expected a page"}},
             {"explain --site s --results no", {"no/verdicts.json"}},
             {"explain by-hand --htm page.html", {"unknown option '--htm'", "did you mean '--html'"}}});
}

}  // namespace commands_explain_test
}  // namespace norma
