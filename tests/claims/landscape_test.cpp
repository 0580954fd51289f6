// The claim landscape: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_landscape_test {

TEST_CASE("landscape") {
  check_claim("landscape", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string network : {"mlp", "dln"}) {
      for (const std::string norm : {"none", "batch"}) {
        const double rough = (norm == "none") == (sign > 0) ? 10 : 1;
        Outcome rows = {{"moment", {0, 1}}, {"loss", {2, 1}}, {"gradient", {1, 1}}};
        for (const std::string at : {"0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4"}) {
          rows["loss at " + at] = {2 + rough * std::stod(at), 1 + rough * std::stod(at)};
          rows["change at " + at] = {rough * std::stod(at), rough * std::stod(at)};
        }
        plant_rows(r, network + ", norm=" + norm, seed, rows);
      }
    }
    if (sign > 0) return;
    // the range and the largest change, by hand: 0.5 … 4 times 10 over the same times 1
    for (const JudgedPart& part : judge(claim_of("landscape"), r, toy_plan).parts)
      CHECK(part.values[seed - 1].value == doctest::Approx(0.1));
  });
}

}  // namespace claims_landscape_test
}}  // namespace norma
