// norma explain: lessons whose numbers the library computes while it is asked.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/explain/engine/page.h"
#include "apps/explain/engine/terminal.h"
#include "apps/explain/lessons.h"
#include "apps/report/table.h"
#include "apps/site/site.h"
#include "core/suggest.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct ExplainOptions {
  std::optional<std::string> lesson, html;
  std::string site, lab, results;
  bool overwrite = false;
};

int site(const ExplainOptions& o) {
  check(!o.lesson && !o.html, "--site: writes all lessons; expected neither a lesson nor --html");
  write_site(o.site, make_site({o.lab, o.results}), o.overwrite);
  std::cout << (std::filesystem::path(o.site) / "index.html").string() << '\n';
  return exit_ok;
}

int explain(const ExplainOptions& o) {
  if (!o.site.empty()) return site(o);
  for (const auto& [name, given] :
       {std::pair("--lab", !o.lab.empty()), {"--results", !o.results.empty()}, {"--overwrite", o.overwrite}})
    check(!given, name, ": has no effect here, it needs --site");
  if (!o.lesson) {
    check(!o.html, "explain: --html needs a lesson; `norma explain` lists them");
    Table table({"lesson", "what it shows"});
    for (const Lesson& lesson : all_lessons()) table.row({lesson.name, lesson.summary});
    std::cout
        << table.text(2)
        << "\nnorma explain LESSON shows one, with --html FILE as a page;\nnorma explain --site DIR writes them all, with the claims, as a site.\n";
    return exit_ok;
  }
  const std::vector<std::string> known = names_of(all_lessons());
  const auto it = std::find(known.begin(), known.end(), *o.lesson);
  check(it != known.end(), "explain: there is no lesson '", *o.lesson, "'", did_you_mean(*o.lesson, known));
  const Lesson& lesson = all_lessons()[it - known.begin()];
  if (!o.html) {
    std::cout << terminal_text(lesson.document(), wants_colour());
    return exit_ok;
  }
  check(!o.html->empty(), "--html: expected the name of a file, got ''");
  write_file(*o.html, page_html(lesson.document()));
  std::cout << *o.html << '\n';
  return exit_ok;
}

}  // namespace

Command explain_command() {
  auto o = std::make_shared<ExplainOptions>();
  return {
      .name = "explain",
      .help = "Show what normalization does, with formulas, numbers and the lines of code that make them",
      .options = {{.name = "lesson",
                   .metavar = "LESSON",
                   .help = "what to show; without it, the list of lessons",
                   .set = [o](const std::string& v) { o->lesson = v; },
                   .argument = true,
                   .optional = true},
                  {.name = "html",
                   .metavar = "FILE",
                   .help = "write the lesson as a page to FILE (replaced if it is there) rather than show it",
                   .set = [o](const std::string& v) { o->html = v; }},
                  {"site", "DIR", "write all lessons and claims as a site of pages that link to each other",
                   set_text(o->site)},
                  {"lab", "FILE", "with --site: take the lab's page, a built lab.html, into it",
                   set_text(o->lab)},
                  {"results", "DIR",
                   "with --site: show the verdicts that norma reproduce left in DIR beside the claims",
                   set_text(o->results)},
                  {"overwrite", "", "replace the site in --site, once the new one is complete",
                   set_flag(o->overwrite)}},
      .run = [o] { return explain(*o); },
      .example = "norma explain by-hand"};
}

}}  // namespace norma
