// The front of the site, for three readers.
#include "apps/report/text.h"
#include "apps/site/library_program.h"
#include "apps/site/pages.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Names that lead to pages, each with what it says.
class Entries {
 public:
  Entries& add(const std::string& href, const std::string& name, const std::string& words,
               const std::string& badge = {}) {
    html_ += "<div><dt>" + link(href, name);
    if (!badge.empty())
      html_ += " <span class=\"badge " + escape_html(badge) + "\">" + escape_html(badge) + "</span>";
    html_ += "</dt><dd>" + escape_html(words) + "</dd></div>\n";
    return *this;
  }
  std::string html() const { return "<dl>\n" + html_ + "</dl>\n"; }

 private:
  std::string html_;
};

void add_lab(Page& page, const SiteFacts& facts) {
  page.section("The lab", "lab");
  if (!facts.lab) {
    page.text(
        "The lab is one page, `lab.html`, in which the same engine trains while you turn the knobs. It is not part of "
        "this site: a release of Norma has it, and from the sources `cmake --preset wasm && cmake --build --preset "
        "wasm` makes it.");
    return;
  }
  page.text("The same engine trains in your browser while you turn the knobs; nothing is sent anywhere.");
  Entries states;
  states.add(
      "lab.html", "lab.html",
      "races, the inside of a network, BN by hand, the error surface, a map of rates, your own digits");
  page.element(states.html());
}

void add_lessons(Page& page) {
  page.section("The lessons", "lessons");
  page.text(
      "Each step as a formula, as numbers that the library computed for this page, and as the line of code that computes them.");
  Entries lessons;
  for (const Lesson& lesson : all_lessons())
    lessons.add("lessons/" + lesson.name + ".html", lesson.name, lesson.summary);
  page.element(lessons.html());
}

void add_claims(Page& page, const SiteFacts& facts) {
  page.section("The claims", "claims");
  std::string words =
      "Sentences of papers, each put to a test that was written down before the runs that judge it.";
  if (!facts.results.claims.empty())
    words += " Verdicts: " + facts.results.data + ", by `" + facts.results.command + "`.";
  page.text(words);
  Entries claims;
  for (const Claim& claim : all_claims()) {
    const auto kept = facts.results.claims.find(claim.name);
    claims.add("claims/" + claim.name + ".html", claim.name, claim.sentence + " (" + claim.source + ")",
               kept == facts.results.claims.end() ? "" : kept->second.verdict);
  }
  page.element(claims.html());
}

void understand(Page& page) {
  page.section("Understand Batch Normalization", "understand");
  std::vector<std::string> ways;
  ways.push_back("Compute one by hand, and undo it: `norma explain by-hand`, `norma explain gamma-beta`.");
  ways.push_back(
      "See what the batch is for, and what inference uses instead: `norma explain mini-batch`, `norma explain "
      "train-eval`, `norma explain batch-size`.");
  ways.push_back("Derive its gradient: `norma explain backward`.");
  ways.push_back(
      "Ask why it helps: `norma explain covariate-shift` (hardly by this), `norma explain surface`, `norma "
      "explain rates`, `norma explain init`, `norma explain position`.");
  ways.push_back(
      "Read what holds when it is measured: `norma reproduce convergence`, `norma reproduce learning-rate`, "
      "`norma reproduce landscape`, and the other claims below.");
  page.list(ways);
}

void own_pictures(Page& page) {
  page.section("Train on your pictures", "pictures");
  page.text(
      "A folder with one folder of pictures per class is a data set. `docs/data.md` has the layouts, "
      "`docs/getting-started.md` the rest.");
  page.code(
      "# classes, sizes, colours\n"
      "norma data pictures --resize 32 --split 0.2\n\n"
      "norma train --data pictures --resize 32 --split 0.2 --model cnn --norm batch --out mine\n\n"
      "# the three likeliest classes\n"
      "norma predict mine photo.jpg\n\n"
      "# the network inside, layer by layer\n"
      "norma inspect mine --html\n\n"
      "# for other programs\n"
      "norma export mine --onnx mine.onnx --fold");
  page.text(
      "What goes wrong most often: a forgotten `eval()` (`norma explain train-eval`), batches that are too small "
      "(`norma explain batch-size`, `norma reproduce small-batch`), batches of one class (`norma reproduce "
      "non-iid`), and another framework's momentum (`norma explain conventions`).");
}

void from_cpp(Page& page) {
  page.section("Use it from C++", "library");
  page.text(
      "A program that trains a network of its own; `docs/library.md` says how to link it, `examples/` has more.");
  page.code(library_program);
  page.text(
      "How it works inside: `norma explain view` (one function for four normalizers), `norma explain backward` "
      "(its gradient, and the line that computes it), `norma explain variance` (why two passes). `docs/tour.md` "
      "reads the sources in nine stops.");
}

}  // namespace

Page contents_page(const SiteFacts& facts) {
  Page page("Norma: Batch Normalization, computed");
  page.lead(
      "A small deep-learning framework in C++20, written to be read: lessons whose numbers it computes, claims of "
      "papers that it puts to the test, and a lab. For three readers:");
  Entries readers;
  readers
      .add("#understand", "Understand Batch Normalization",
           "You have heard the lecture: " + std::to_string(all_lessons().size()) + " lessons, " +
               std::to_string(all_claims().size()) + " claims, the lab.")
      .add("#pictures", "Train on your pictures", "You have folders of pictures and a command line.")
      .add("#library", "Use it from C++", "You want the layers in a program of your own.");
  page.element(readers.html());
  understand(page);
  own_pictures(page);
  from_cpp(page);
  add_lessons(page);
  add_lab(page, facts);
  add_claims(page, facts);
  return page;
}

}}  // namespace norma
