#include "apps/claims/engine/report.h"

#include <set>

#include "apps/report/gnuplot.h"
#include "apps/report/html.h"
#include "apps/report/text.h"
#include "apps/run/json.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

// "5 seeds", "5 or 10 seeds"
std::string seeds_words(const Reproduction& r) {
  std::set<std::size_t> seeds;
  for (const Claim& claim : r.claims) seeds.insert(seeds_of(claim, r.plan).size());
  std::string words;
  for (std::size_t n : seeds) words += (words.empty() ? "" : " or ") + std::to_string(n);
  return words + (words == "1" ? " seed" : " seeds");
}

// "steps to 90%, without BN over with BN: 26× (22× to 31×); …"
std::string ours(const Judgement& judgement) {
  std::string words;
  for (const JudgedPart& part : judgement.parts)
    words += (words.empty() ? "" : "; ") + part.rule.effect + ": " + part.ours();
  return words;
}

// What the verdicts are in all: "12 of 20 claims reproduced, 5 refuted, 3 inconclusive".
std::string tally(const Reproduction& r) {
  int n[3] = {};
  for (const Judgement& j : r.judgements) ++n[static_cast<int>(j.verdict)];
  const std::string all = std::to_string(r.claims.size());
  return std::to_string(n[0]) + " of " + all + (r.claims.size() == 1 ? " claim" : " claims") +
         " reproduced, " + std::to_string(n[1]) + " refuted, " + std::to_string(n[2]) + " inconclusive";
}

void add_claim(Page& page, const Reproduction& r, std::size_t c, const fs::path& folder) {
  const Claim& claim = r.claims[c];
  page.section(claim.name, claim.name, word(r.judgements[c].verdict)).lead(claim.sentence);
  page.text("**Source.** " + claim.source + ". **The paper's result.** " + claim.paper);
  page.text("**Asked.** " + claim.asked);
  Table rules({"measured", "wanted", "found (95% interval)", "verdict"});
  rules.wrap(0).badge(3).align(2, Align::left);
  for (const JudgedPart& part : r.judgements[c].parts)
    rules.row({part.rule.effect, part.wanted(), part.ours(), word(part.verdict)});
  page.table(rules);
  std::vector<std::string> reasons;
  for (const JudgedPart& part : r.judgements[c].parts)
    reasons.push_back(part.wanted() + ": " + part.rule.why);
  page.details("Why these bounds", reasons);
  for (const Exhibit& exhibit : claim.show(r.results[c])) {
    if (const Table* table = std::get_if<Table>(&exhibit.what)) {
      page.table(*table, exhibit.caption);
      continue;
    }
    const std::string name = claim.name + "-" + exhibit.name;
    const Figure* figure = std::get_if<Figure>(&exhibit.what);
    const std::string svg = figure ? draw(*figure, folder / "figures", name)
                                   : draw(std::get<HeatMap>(exhibit.what), folder / "figures", name);
    page.figure(svg.empty() ? "" : read_file(svg), exhibit.caption);
  }
  page.text("**Seen.** " + claim.seen(r.results[c]));
  page.text("**Caveat.** " + claim.caveat);
  page.code(command_of(r, claim.name));
}

}  // namespace

void judge_all(Reproduction& r) {
  r.judgements.clear();
  for (std::size_t c = 0; c < r.claims.size(); ++c) r.judgements.push_back(judge(r.claims[c], r.results[c]));
}

std::string verdict_text(const Reproduction& r) {
  std::string text;
  for (std::size_t c = 0; c < r.claims.size(); ++c) {
    const Judgement& j = r.judgements[c];
    text += "  " + r.claims[c].name + ": " + word(j.verdict) + "\n";
    for (const JudgedPart& part : j.parts) {
      std::string line = part.rule.effect + ": " + part.ours() + "; " + part.wanted() + " wanted";
      if (j.parts.size() > 1) line += std::string(": ") + word(part.verdict);
      text += "    " + wrapped(line, 74, "      ") + '\n';
    }
  }
  if (r.claims.size() > 1)
    text += "\n" + wrapped(tally(r) + ". Intervals are of 95%, over the seeds.") + "\n";
  return text;
}

Table full_table(const Reproduction& r) {
  Table table({"claim", "verdict", "what it says", "measured (95% interval)", "the paper's"});
  table.align(3, Align::left);
  for (std::size_t c = 0; c < r.claims.size(); ++c) {
    const Claim& claim = r.claims[c];
    table.row({claim.name, word(r.judgements[c].verdict), claim.sentence + " (" + claim.source + ")",
               ours(r.judgements[c]), claim.paper});
  }
  return table.link(0).badge(1).wrap(2).wrap(3).wrap(4);
}

std::string command_of(const Reproduction& r, const std::string& claim) {
  std::string words = "norma reproduce";
  if (!claim.empty())
    words += " " + claim;
  else if (r.claims.size() == all_claims().size())
    words += " --all";
  else
    for (const Claim& one : r.claims) words += " " + one.name;
  if (r.plan.work < 1) words += " --quick";
  if (r.plan.seeds != (r.plan.work < 1 ? quick_plan : Plan()).seeds)
    words += " --seeds " + std::to_string(r.plan.seeds);
  if (r.plan.first_seed != 1) words += " --seed " + std::to_string(r.plan.first_seed);
  return words + r.data_words;
}

std::string verdicts_json(const Reproduction& r) {
  json j;
  j["data"] = r.data;
  j["command"] = command_of(r, "");
  j["quick"] = r.plan.work < 1;
  j["first_seed"] = r.plan.first_seed;
  for (std::size_t c = 0; c < r.claims.size(); ++c) {
    const Claim& claim = r.claims[c];
    json one = {{"name", claim.name},
                {"sentence", claim.sentence},
                {"source", claim.source},
                {"paper", claim.paper},
                {"seeds", seeds_of(claim, r.plan).size()},
                {"ours", ours(r.judgements[c])},
                {"verdict", word(r.judgements[c].verdict)}};
    for (const JudgedPart& part : r.judgements[c].parts) {
      one["parts"].push_back({{"effect", part.rule.effect},
                              {"wanted", part.wanted()},
                              {"found", part.ours()},
                              {"why", part.rule.why},
                              {"values", part.values},
                              {"mean", part.mean},
                              {"low", part.low},
                              {"high", part.high},
                              {"verdict", word(part.verdict)}});
    }
    j["claims"].push_back(one);
  }
  return json_text(j, 2) + "\n";
}

void write_reproduction(const Reproduction& r, const fs::path& folder) {
  Page page(r.claims.size() == 1 ? "Reproduced? " + r.claims[0].name
                                 : "What the papers claim, and what comes out");
  page.lead(tally(r) + (r.plan.work < 1 ? ", at a tenth of the work: a quick look, not a result." : "."));
  page.text(r.data + "; " + seeds_words(r) +
            ", one thread a run. A verdict follows from a rule that stands in the " +
            "claim's file and was written before the run: with the 95% interval of an effect over the seeds, "
            "paired by " +
            "seed, a claim is **reproduced** if the whole interval satisfies the bound, **refuted** if none "
            "of it does, " +
            "**inconclusive** if the bound lies inside. Several rules: all have to be satisfied, and one "
            "refuted refutes.");
  page.table(full_table(r), "Each claim links to its section.");
  page.code(command_of(r, ""));
  if (!have_gnuplot())
    page.text("There are no figures: gnuplot was not found. All numbers are in `figures/*.csv`.");
  for (std::size_t c = 0; c < r.claims.size(); ++c) add_claim(page, r, c, folder);
  write_file(folder / "verdicts.json", verdicts_json(r));
  write_file(folder / "verdicts.md", full_table(r).markdown());
  write_file(folder / "report.html", page.str());
}

}}  // namespace norma
