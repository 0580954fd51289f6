// The report of all claims.
#include "apps/claims/engine/report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "data/formats/files.h"
#include "tests/support/claims.h"
#include "tests/support/counting_claim.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_engine_report_test {

namespace fs = std::filesystem;

TEST_CASE("tables, JSON and a page, also without gnuplot") {
  int runs = 0;
  Reproduction r{{counting(runs)}, {}, {}, quick_plan, "toy data", " --data digits"};
  RunnerOptions o;
  o.plan = quick_plan;
  r.results = run_claims(r.claims, toy_data(), o);
  judge_all(r);
  CHECK(verdict_text(r) ==
        "  counting: reproduced\n    (toy data)\n    b over a: 2× in every seed; expected at least 1.5×\n");
  const auto j = nlohmann::json::parse(verdicts_json(r));
  CHECK(j["command"] == "norma reproduce counting --quick --data digits");
  CHECK(j["quick"] == true);
  CHECK(j["claims"][0]["verdict"] == "reproduced");
  CHECK(j["claims"][0]["parts"][0]["values"] == std::vector<double>{2, 2, 2});
  setenv("NORMA_GNUPLOT", "", 1);
  const TemporaryFolder folder;
  write_reproduction(r, folder.path);
  unsetenv("NORMA_GNUPLOT");
  const std::string page = read_file(folder / "report.html");
  for (const char* words :
       {"a tenth of the work", "gnuplot was not found", "b over a", "id=\"counting\"", "href=\"#counting\"",
        "href=\"figures/counting-f.csv\"", "badge reproduced", "at least 1.5×"})
    CHECK_MESSAGE(page.find(words) != std::string::npos, words);
  CHECK(fs::exists(folder.path / "figures" / "counting-f.csv"));
  CHECK(read_file(folder / "verdicts.md").find("| counting | b is larger (a test) | reproduced |") !=
        std::string::npos);
  CHECK(read_file(folder / "parts.md")
            .find("| counting | b over a | at least 1.5× | 2× in every seed | 3 | reproduced |") !=
        std::string::npos);
  CHECK(j["claims"][0]["cells"]["b"]["x"].size() == 3);

  // A run's folder beside another: its verdicts are a column.
  r.beside.push_back(read_column(folder.path));
  CHECK(claims_table(r).markdown().find(
            "toy data, seeds from 1001, quick | toy data, seeds from 1001, quick") != std::string::npos);
  write_file(folder / "verdicts.json", "{}");
  CHECK_THROWS_WITH_AS(read_column(folder.path),
                       doctest::Contains("verdicts.json: expected what `norma reproduce` wrote"), Error);
}

}  // namespace claims_engine_report_test
}}  // namespace norma
