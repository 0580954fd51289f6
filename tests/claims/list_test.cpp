// All claims, and what the documents say of them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "apps/claims/engine/report.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_list_test {

namespace fs = std::filesystem;

TEST_CASE("claims: every one is complete, and their names differ") {
  std::set<std::string> names;
  for (const Claim& claim : all_claims()) {
    CAPTURE(claim.name);
    CHECK(names.insert(claim.name).second);
    CHECK(!claim.parts.empty());
    CHECK((claim.show && claim.seen && bool(claim.tuning) == bool(claim.tuned_grid)));
    CHECK(bool(claim.grid) != bool(claim.tuning));
    CHECK(claim.sentence.ends_with("."));
  }
}

// docs/reproduce/verdicts.json is what `norma reproduce --all` wrote; docs/reproduce/README.md and the README
// repeat it. Neither may say what the numbers, judged by the rules as they stand, do not.
TEST_CASE(
    "docs: the verdicts in the documents are those of the run that is kept, by the rules as they stand") {
  const fs::path root = NORMA_SOURCE_DIR;
  const auto kept = nlohmann::json::parse(read_file(root / "docs" / "reproduce" / "verdicts.json"));
  const std::string readme = read_file(root / "README.md"),
                    page = read_file(root / "docs/reproduce/README.md");
  CHECK(kept["command"] == "norma reproduce --all");
  CHECK(kept["quick"] == false);
  CHECK(page.find(kept["command"].get<std::string>()) != std::string::npos);
  REQUIRE(kept["claims"].size() == all_claims().size());
  for (std::size_t c = 0; c < all_claims().size(); ++c) {
    const Claim& claim = all_claims()[c];
    CAPTURE(claim.name);
    const auto& j = kept["claims"][c];
    CHECK((j["name"] == claim.name && j["sentence"] == claim.sentence && j["source"] == claim.source));
    REQUIRE(j["parts"].size() == claim.parts.size());
    std::vector<JudgedPart> parts;
    for (std::size_t p = 0; p < claim.parts.size(); ++p) {
      const auto& part = j["parts"][p];
      std::vector<Measured> values;
      for (const auto& v : part["values"]) values.emplace_back(v.is_null() ? NAN : v.get<double>());
      for (std::size_t bound : part["at_least"]) values.at(bound).kind = Measured::at_least;
      for (std::size_t bound : part["at_most"]) values.at(bound).kind = Measured::at_most;
      const std::vector<int> looks = Plan().looks();
      CHECK(std::ranges::find(looks, static_cast<int>(values.size())) != looks.end());
      const JudgedPart judged = judge(claim.parts[p].rule, values, Plan().confidence());
      CHECK((part["effect"] == judged.rule.effect && part["wanted"] == judged.wanted()));
      CHECK((part["found"] == judged.ours() && part["verdict"] == word(judged.verdict)));
      parts.push_back(judged);
    }
    CHECK(j["verdict"] == word(verdict_of(parts)));
    const auto row = readme.find("| `" + claim.name + "` |");  // of the three that the README has
    if (row != std::string::npos)
      CHECK(readme.substr(row, readme.find('\n', row) - row)
                .ends_with("| " + j["in_words"].get<std::string>() + " |"));
  }
  const std::string own_rates = kept["claims"][0]["parts"][2]["found"];  // "1.25× (…)"
  CHECK(readme.find(own_rates.substr(0, own_rates.find("×"))) != std::string::npos);
  const std::string table = read_file(root / "docs/reproduce/verdicts.md");
  CHECK_MESSAGE(page.find(table) != std::string::npos,
                "docs/reproduce/README.md: expected the table of docs/reproduce/verdicts.md");
  std::istringstream parts(read_file(root / "docs/reproduce/parts.md"));
  for (std::string line; std::getline(parts, line);) {
    for (const char* claim : {"| convergence |", "| learning-rate |", "| init |"})
      CHECK_MESSAGE((!line.starts_with(claim) || page.find(line) != std::string::npos),
                    "docs/reproduce/README.md: expected docs/reproduce/parts.md's line ", line);
  }
}

}  // namespace claims_list_test
}}  // namespace norma
