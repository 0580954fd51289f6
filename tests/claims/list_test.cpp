// All claims, and what the README says of them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "apps/claims/engine/report.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_list_test {

namespace fs = std::filesystem;

TEST_CASE("claims: every one is complete, and their names differ") {
  std::set<std::string> names;
  for (const Claim& claim : all_claims()) {
    CAPTURE(claim.name);
    CHECK(names.insert(claim.name).second);
    CHECK((!claim.parts.empty() && claim.parts.size() <= 3));
    CHECK((claim.grid && claim.show && claim.seen));
    CHECK(claim.sentence.ends_with("."));
  }
}

// docs/reproduce/verdicts.json is what `norma reproduce --all` wrote; the README's table repeats it. Neither
// may say what the numbers, judged by the rules as they stand, do not.
TEST_CASE("docs: the verdicts in the README are those of the run that is kept, by the rules as they stand") {
  const fs::path root = NORMA_SOURCE_DIR;
  const auto kept = nlohmann::json::parse(read_file(root / "docs" / "reproduce" / "verdicts.json"));
  const std::string readme = read_file(root / "README.md");
  CHECK(kept["command"] == "norma reproduce --all");
  CHECK(kept["quick"] == false);
  CHECK(readme.find(kept["command"].get<std::string>()) != std::string::npos);
  REQUIRE(kept["claims"].size() == all_claims().size());
  Reproduction again{all_claims(), {}, {}, {}, "", ""};
  for (std::size_t c = 0; c < all_claims().size(); ++c) {
    const Claim& claim = all_claims()[c];
    CAPTURE(claim.name);
    const auto& j = kept["claims"][c];
    CHECK((j["name"] == claim.name && j["sentence"] == claim.sentence && j["source"] == claim.source));
    REQUIRE(j["parts"].size() == claim.parts.size());
    Judgement judgement{{}, Verdict::reproduced};
    bool all = true, refuted = false;
    for (std::size_t p = 0; p < claim.parts.size(); ++p) {
      const auto& part = j["parts"][p];
      std::vector<double> values;
      for (const auto& v : part["values"]) values.push_back(v.is_null() ? NAN : v.get<double>());
      CHECK(values.size() == static_cast<std::size_t>(claim.seeds));
      const JudgedPart judged = judge(claim.parts[p].rule, values);
      CHECK((part["effect"] == judged.rule.effect && part["wanted"] == judged.wanted()));
      CHECK((part["found"] == judged.ours() && part["verdict"] == word(judged.verdict)));
      judgement.parts.push_back(judged);
      all = all && judged.verdict == Verdict::reproduced;
      refuted = refuted || judged.verdict == Verdict::refuted;
    }
    const std::string verdict = all ? "reproduced" : refuted ? "refuted" : "inconclusive";
    CHECK(j["verdict"] == verdict);
    judgement.verdict = all ? Verdict::reproduced : refuted ? Verdict::refuted : Verdict::inconclusive;
    again.judgements.push_back(judgement);
    const std::string line = "| `" + claim.name + "` | " + claim.sentence + " (" + claim.source + ") | " +
                             verdict + " | " + j["ours"].get<std::string>() + " |";
    CHECK_MESSAGE(readme.find(line) != std::string::npos, line);
  }
  CHECK(full_table(again).markdown() == read_file(root / "docs/reproduce/verdicts.md"));
}

}  // namespace claims_list_test
}}  // namespace norma
