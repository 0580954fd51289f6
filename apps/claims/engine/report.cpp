#include "apps/claims/engine/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "apps/report/gnuplot.h"
#include "apps/report/html.h"
#include "apps/report/text.h"
#include "apps/run/json.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

// "5", "5 or 10", "5, 10 or 20"
std::string list_words(const auto& numbers, const std::string& last) {
  std::string words;
  for (const auto& n : numbers)
    words += (words.empty() ? "" : &n == &*numbers.rbegin() ? " " + last + " " : ", ") + std::to_string(n);
  return words;
}

// "5 or 10 seeds"
std::string seeds_words(const Reproduction& r) {
  std::set<std::size_t> seeds;
  for (const Results& results : r.results) seeds.insert(results.seeds().size());
  return list_words(seeds, "or") + (seeds == std::set<std::size_t>{1} ? " seed" : " seeds");
}

// "in part: 12 of 15 parts reproduced, 1 open"
std::string verdict_words(const Judgement& judgement) {
  std::string words = word(judgement.verdict);
  auto parts = [&](Verdict v) { return std::ranges::count(judgement.parts, v, &JudgedPart::verdict); };
  const auto reproduced = parts(Verdict::reproduced), open = parts(Verdict::inconclusive);
  if (judgement.verdict == Verdict::reproduced || judgement.parts.size() == 1) return words;
  words += ": " + std::to_string(reproduced) + " of " + std::to_string(judgement.parts.size()) +
           " parts reproduced";
  return open ? words + ", " + std::to_string(open) + " open" : words;
}

// A part's verdict, and if it is open what would decide it.
std::string verdict_words(const JudgedPart& part) {
  const std::string more = part.would_decide();
  return word(part.verdict) + (more.empty() ? "" : ": " + more);
}

// "MNIST, seeds from 1001", of which a column of verdicts is.
std::string column_title(const std::string& data, std::uint64_t first_seed, bool quick) {
  return data.substr(0, data.find(':')) + ", seeds from " + std::to_string(first_seed) +
         (quick ? ", quick" : "");
}

// What the verdicts are in all: "12 of 20 claims reproduced, 5 refuted, 3 inconclusive".
std::string tally(const Reproduction& r) {
  int n[4] = {};
  for (const Judgement& j : r.judgements) ++n[static_cast<int>(j.verdict)];
  const std::string all = std::to_string(r.claims.size());
  return std::to_string(n[0]) + " of " + all + (r.claims.size() == 1 ? " claim" : " claims") +
         " reproduced, " + std::to_string(n[1]) + " in part, " + std::to_string(n[2]) + " refuted, " +
         std::to_string(n[3]) + " inconclusive";
}

std::string data_name(const Reproduction& r) { return r.data.substr(0, r.data.find(':')); }

// How sure the verdicts are, all together.
std::string chance_words(const Reproduction& r) {
  std::size_t parts = 0;
  for (const Judgement& j : r.judgements) parts += j.parts.size();
  const std::vector<int> looks = r.plan.looks();
  const std::string words = looks.size() > 1
                                ? "Looks at " + list_words(looks, "and") + " seeds, by intervals of " +
                                      percent(r.plan.confidence()) +
                                      " (Bonferroni over the looks), end a part as soon as it is decided. "
                                : "Intervals are of 95%. ";
  return words + "Each part is decided wrongly by chance with a probability of at most 5%: of " +
         std::to_string(parts) + " parts that is " + number(0.05 * static_cast<double>(parts)) +
         " on average.";
}

void add_claim(Page& page, const Reproduction& r, std::size_t c, const std::vector<Exhibit>& shown,
               const fs::path& folder) {
  const Claim& claim = r.claims[c];
  page.section(claim.name, claim.name, word(r.judgements[c].verdict)).lead(claim.sentence);
  page.text("**Source.** " + claim.source + ". **The paper's result.** " + claim.paper);
  page.text("**Scope.** " + filled(claim.scope, r.plan, data_name(r)) + ".");
  page.text("**Asked.** " + filled(claim.asked, r.plan, data_name(r)));
  Table rules({"measured", "expected", "found (interval)", "seeds", "verdict"});
  rules.wrap(0).wrap(2).badge(4).align(2, Align::left);
  for (const JudgedPart& part : r.judgements[c].parts)
    rules.row({part.rule.effect, part.wanted(), part.ours(), std::to_string(part.values.size()),
               word(part.verdict)});
  page.table(rules);
  for (const JudgedPart& part : r.judgements[c].parts) {
    if (const std::string more = part.would_decide(); !more.empty())
      page.text("**Open.** " + part.rule.effect + ": " + more + ".");
  }
  std::vector<std::string> reasons;
  for (const JudgedPart& part : r.judgements[c].parts)
    reasons.push_back(part.wanted() + ": " + part.rule.why);
  page.details("Why these bounds", reasons);
  add_exhibits(page, claim.name, shown, folder);
  page.text("**Seen.** " + claim.seen(r.results[c]));
  page.text("**Caveat.** " + claim.caveat);
  page.code(command_of(r, claim.name));
}

}  // namespace

void judge_all(Reproduction& r) {
  r.judgements.clear();
  for (std::size_t c = 0; c < r.claims.size(); ++c)
    r.judgements.push_back(judge(r.claims[c], r.results[c], r.plan));
}

std::string verdict_text(const Reproduction& r) {
  std::string text;
  for (std::size_t c = 0; c < r.claims.size(); ++c) {
    const Judgement& j = r.judgements[c];
    text += "  " + r.claims[c].name + ": " + verdict_words(j) + "\n";
    text += "    " + wrapped("(" + filled(r.claims[c].scope, r.plan, data_name(r)) + ")", 74, "     ") + '\n';
    for (const JudgedPart& part : j.parts) {
      std::string line = part.rule.effect + ": " + part.ours() + "; expected " + part.wanted();
      if (j.parts.size() > 1 || part.verdict == Verdict::inconclusive) line += ": " + verdict_words(part);
      text += "    " + wrapped(line, 74, "      ") + '\n';
    }
  }
  if (r.claims.size() > 1) text += "\n" + wrapped(tally(r) + ". " + chance_words(r)) + "\n";
  return text;
}

Table claims_table(const Reproduction& r) {
  std::vector<std::string> names = {"claim", "what it says",
                                    column_title(r.data, r.plan.first_seed, r.plan.work < 1)};
  for (const Column& column : r.beside) names.push_back(column.title);
  Table table(names);
  table.link(0).wrap(1);
  for (std::size_t i = 2; i < names.size(); ++i) table.align(i, Align::left).wrap(i);
  for (std::size_t c = 0; c < r.claims.size(); ++c) {
    const Claim& claim = r.claims[c];
    std::vector<std::string> cells = {claim.name, claim.sentence + " (" + claim.source + ")",
                                      verdict_words(r.judgements[c])};
    for (const Column& column : r.beside) {
      const auto it = column.verdicts.find(claim.name);
      cells.push_back(it == column.verdicts.end() ? "–" : it->second);
    }
    table.row(cells);
  }
  return table;
}

Table parts_table(const Reproduction& r) {
  Table table({"claim", "measured", "expected", "found (interval)", "seeds", "verdict"});
  table.wrap(1).wrap(5).align(2, Align::left).align(3, Align::left);
  for (std::size_t c = 0; c < r.claims.size(); ++c) {
    for (const JudgedPart& part : r.judgements[c].parts)
      table.row({r.claims[c].name, part.rule.effect, part.wanted(), part.ours(),
                 std::to_string(part.values.size()), verdict_words(part)});
  }
  return table;
}

Column read_column(const fs::path& folder) {
  const fs::path file = folder / "verdicts.json";
  const json j = json::parse(read_file(file), nullptr, false);
  check(j.is_object() && j.contains("claims") && j["claims"].is_array(), file.string(),
        ": expected what `norma reproduce` wrote");
  try {
    Column column{column_title(j.at("data"), j.at("first_seed"), j.at("quick")), {}};
    for (const json& claim : j["claims"]) column.verdicts[claim.at("name")] = claim.at("in_words");
    return column;
  } catch (const json::exception&) {
    fail(file.string(), ": expected what this version of `norma reproduce` wrote, got another kind");
  }
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
  if (r.plan.first_seed != first_judging_seed) words += " --seed " + std::to_string(r.plan.first_seed);
  return words + r.data_words;
}

// To five digits.
double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return std::strtod(text, nullptr);
}

// The arrays of numbers in one line each.
std::string with_short_arrays(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = text[at] == '[' ? text.find_first_of("[]{\"", at + 1) : text.npos;
    out += text[at];
    if (end == text.npos || text[end] != ']') continue;
    while (++at < end) {
      if (text[at] != '\n' && text[at] != ' ') out += text[at];
    }
    out += ']';
  }
  return out;
}

// Of every arm the last value of each row, for each seed, to five digits: what rules can be judged by again.
json cells_json(const Results& results) {
  json cells = json::object();
  for (const std::string& arm : results.arms()) {
    json& cell = cells[arm];
    for (const std::uint64_t seed : results.seeds()) {
      for (const auto& [name, values] : results.at(arm, seed)) {
        if (!values.empty()) cell[name].push_back(rounded(values.back()));
      }
    }
  }
  return cells;
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
                {"seeds", r.results[c].seeds().size()},
                {"scope", filled(claim.scope, r.plan, data_name(r))},
                {"verdict", word(r.judgements[c].verdict)},
                {"in_words", verdict_words(r.judgements[c])}};
    for (const JudgedPart& part : r.judgements[c].parts) {
      std::vector<double> values;
      std::vector<std::size_t> bounds[3];  // by Measured::Kind: which of the values
      for (const Measured& m : part.values) {
        bounds[m.kind].push_back(values.size());
        values.push_back(m.value);
      }
      one["parts"].push_back({{"effect", part.rule.effect},
                              {"wanted", part.wanted()},
                              {"found", part.ours()},
                              {"why", part.rule.why},
                              {"values", values},
                              {"at_least", bounds[Measured::at_least]},
                              {"at_most", bounds[Measured::at_most]},
                              {"confidence", r.plan.confidence()},
                              {"mean", part.mean},
                              {"low", part.low},
                              {"high", part.high},
                              {"verdict", word(part.verdict)}});
    }
    one["cells"] = cells_json(r.results[c]);
    j["claims"].push_back(one);
  }
  return with_short_arrays(json_text(j, 2)) + "\n";
}

void write_reproduction(const Reproduction& r, const fs::path& folder) {
  Page page(r.claims.size() == 1 ? "Reproduced? " + r.claims[0].name
                                 : "What the papers claim, and what comes out");
  const JudgedPart& first = r.judgements.front().parts.front();
  if (std::isfinite(first.mean)) {
    const std::string ours = first.ours();
    const std::size_t value = std::min(ours.find(" ("), ours.size());
    page.number(ours.substr(0, value), first.rule.effect + ours.substr(value));
  }
  page.lead(tally(r) + (r.plan.work < 1 ? ", at a tenth of the work: a quick look, not a result." : "."));
  if (!have_gnuplot())
    page.text("There are no figures: gnuplot was not found. All numbers are in `figures/*.csv`.");
  std::vector<std::vector<Exhibit>> shown;
  for (std::size_t c = 0; c < r.claims.size(); ++c) shown.push_back(r.claims[c].show(r.results[c]));
  add_front(page, r.claims, shown, folder);
  page.text(
      r.data + "; " + seeds_words(r) +
      ", one thread per run. A verdict follows from rules that stand in the claim's file and were written before "
      "the run. Each part is an effect over the seeds, paired by seed, with its interval: **reproduced** if the "
      "whole interval satisfies the bound, **refuted** if none of it does, **inconclusive** if the bound lies "
      "inside. A claim is **reproduced** if all its parts are, **in part** if some are and some are refuted, "
      "**refuted** if none is reproduced and one refuted.");
  page.text(chance_words(r));
  page.table(claims_table(r), "Each claim links to its section.");
  page.code(command_of(r, ""));
  for (std::size_t c = 0; c < r.claims.size(); ++c) add_claim(page, r, c, shown[c], folder);
  write_file(folder / "verdicts.json", verdicts_json(r));
  write_file(folder / "verdicts.md", claims_table(r).markdown());
  write_file(folder / "parts.md", parts_table(r).markdown());
  write_file(folder / "report.html", page.str());
}

}}  // namespace norma
