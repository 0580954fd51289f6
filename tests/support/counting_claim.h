// A claim that counts how often its cells are run.
#pragma once

#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {

/// A claim whose cells count how often they are run: arm a gives the seed, arm b twice the seed.
inline Claim counting(int& runs, const std::string& settings = "1", bool fails = false) {
  Claim claim;
  claim.name = "counting";
  claim.sentence = "b is larger";
  claim.source = claim.paper = claim.asked = claim.caveat = "a test";
  claim.scope = "{data}";
  claim.parts = {{{.effect = "b over a", .bound = 1.5, .unit = Unit::times, .why = "because"},
                  [](const SeedResults& s) { return last(s["b"], "x") / last(s["a"], "x"); }}};
  claim.grid = [&runs, settings, fails](const Plan& plan) {
    std::vector<Cell> cells;
    for (const std::string arm : {"a", "b"}) {
      cells.push_back(
          {arm, settings, 1, [&runs, arm, fails, n = plan.of(10)](const ClaimData& data, std::uint64_t seed) {
             check(!fails || arm == "a" || seed == 1, "no more");
             ++runs;
             const double x = static_cast<double>(seed) * (arm == "a" ? 1 : 2);
             return Outcome{{"x", {x}},
                            {"n", {static_cast<double>(n), NAN, 0.1}},
                            {"brief", {static_cast<double>(data.brief.test.size())}}};
           }});
    }
    return cells;
  };
  claim.show = [](const Results& r) {
    Table table({"x"});
    table.row({number(last(r.at("a", r.seeds().front()), "x"))});
    Figure figure;
    figure.series.push_back({.label = "a", .x = {1, 2}, .y = {1, 2}});
    return std::vector<Exhibit>{{"t", "a table", table}, {"f", "a figure", figure}};
  };
  claim.seen = [](const Results&) { return "nothing"; };
  return claim;
}

}}  // namespace norma
