// A claim: what it says, how it is asked and judged, what came out if that is known, and how to run it.
#include "apps/report/text.h"
#include "apps/site/pages.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

void add_rule(Page& page, const Claim& claim) {
  page.section("The rule");
  page.text(
      "Written down before the runs that it judges. The whole 95% interval over the seeds has to satisfy it.");
  Table rules({"measured", "expected", "because"});
  rules.wrap(0).align(1, Align::left).wrap(2);
  for (const Part& part : claim.parts)
    rules.row({part.rule.effect, judge(part.rule, {}).wanted(), part.rule.why});
  page.table(rules);
}

void add_results(Page& page, const Claim& claim, const KeptClaim& kept, const KeptResults& results) {
  page.section("What came out", "", kept.verdict);
  page.text(results.data + ", by `" + results.command + "`: " + kept.in_words + ".");
  Table found({"measured", "expected", "found (interval)", "seeds", "verdict"});
  found.wrap(0).align(1, Align::left).align(2, Align::left).wrap(2).badge(4);
  for (std::size_t i = 0; i < kept.parts.size(); ++i) {
    const Rule& rule = claim.parts[i].rule;
    const KeptClaim::Part& part = kept.parts[i];
    found.row({rule.effect, judge(rule, {}).wanted(), part.found, std::to_string(part.seeds), part.verdict});
  }
  page.table(found);
  std::vector<PageFigure> figures;
  for (const std::string& svg : kept.pictures) figures.push_back({{svg}});
  if (!figures.empty()) page.figures(figures);
}

// The lessons that this claim puts to the test, and where the lab shows them.
void add_lessons(Page& page, const Claim& claim) {
  std::vector<std::string> items;
  for (const Lesson& lesson : all_lessons()) {
    if (std::ranges::find(lesson.claims, claim.name) == lesson.claims.end()) continue;
    std::string item = "`norma explain " + lesson.name + "`: " + lesson.summary;
    for (const LabState& state : lesson.lab)
      item += (&state == &lesson.lab[0] ? "; in the lab: `" : ", `") + state.address() + "`";
    items.push_back(item);
  }
  if (!items.empty()) page.section("The lesson").list(items);
}

}  // namespace

Page claim_page(const Claim& claim, const SiteFacts& facts) {
  const auto kept = facts.results.claims.find(claim.name);
  const bool known = kept != facts.results.claims.end();
  const std::string& data = facts.results.data;
  const std::string name = known ? data.substr(0, data.find(':')) : "MNIST";
  Page page("Claim: " + claim.name);
  page.lead(claim.sentence);
  page.text("**Source.** " + claim.source + ". **The paper's result.** " + claim.paper);
  if (known) add_results(page, claim, kept->second, facts.results);
  page.section("What is asked").text(filled(claim.asked, Plan(), name));
  page.text("**Scope.** " + (known ? kept->second.scope : filled(claim.scope, Plan(), name)) + ".");
  add_rule(page, claim);
  page.section("Run it").code("norma reproduce " + claim.name + "\nnorma reproduce " + claim.name +
                              " --quick");
  page.text(
      "The first takes as many seeds as it takes to decide; the second is a first look, which may differ. Both leave a page with figures and all numbers in `runs/`.\n\n**Caveat.** " +
      claim.caveat);
  add_lessons(page, claim);
  return page;
}

}}  // namespace norma
