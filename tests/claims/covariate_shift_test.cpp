// The claim covariate-shift: its rule against results planted on either side.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/run/probe.h"
#include "core/ops.h"
#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_covariate_shift_test {

TEST_CASE("covariate-shift") {
  check_claim("covariate-shift", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      for (const std::string noise : {"none", "unit"}) {
        for (const std::string lr : {"0.3", "1", "3"}) {
          const bool fast = (norm == "batch") == (sign > 0);
          const std::string arm = "norm=" + norm + ", noise=" + noise + ", lr=" + lr;
          plant_rows(r, arm, seed,
                     {{"step", {10, 100, 1000}},
                      {"test_accuracy", fast ? Vector{0.3, 0.91, 0.95} : Vector{0.1, 0.3, 0.91}},
                      {"steps", {1000}},
                      {"movement", {norm == "batch" && noise == "unit" && sign > 0 ? 3.0 : 1.0}},
                      {"cosine", {norm == "batch" && sign < 0 ? 0.9 : 0.5}}});
        }
      }
    }
  });
}

TEST_CASE(
    "covariate-shift: noise behind BN moves the inputs, and if no arm gets to 90% nothing is "
    "said") {
  RunnerOptions options;
  options.plan = toy_plan;
  const Claim& claim = claim_of("covariate-shift");
  const Results r = run_claims({claim}, toy_data(), options)[0];
  for (std::uint64_t seed : r.seeds()) {
    const Outcome &still = r.at("norm=batch, noise=none, lr=0.3", seed),
                  &moved = r.at("norm=batch, noise=unit, lr=0.3", seed);
    REQUIRE(row(still, "movement").size() == row(still, "moment").size());
    // μᵗ alone, uniform on ±½, moves by a third on average from one step to the next
    CHECK(last(moved, "movement") > 0.15);
    CHECK(last(moved, "movement") > 2 * last(still, "movement"));
    for (double cosine : row(still, "cosine")) CHECK((cosine > -1 && cosine < 1));
  }
  CHECK(std::isnan(judge(claim, r, toy_plan).parts[0].mean));
  CHECK(judge(claim, r, toy_plan).parts[0].verdict == Verdict::inconclusive);
}

}  // namespace claims_covariate_shift_test
}}  // namespace norma
