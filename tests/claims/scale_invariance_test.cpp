// The claim scale-invariance: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_scale_invariance_test {

TEST_CASE("scale-invariance") {
  check_claim("scale-invariance", [](Results& r, std::uint64_t seed, int sign) {
    const double difference = sign > 0 ? 1e-6 : 0.3;
    r.put("identities", seed,
          {{"y", {difference, 0, 0, 0}}, {"du", {0, 0, difference, 0}}, {"dW", {0, 0, 0, difference}}});
    for (const std::string norm : {"none", "batch"}) {
      for (const std::string scale : {"0.1", "1", "10"})
        plant_accuracy(r, "norm=" + norm + ", init-scale=" + scale, seed,
                       (norm == "batch") != (sign > 0) && scale == "0.1" ? 0.5 : 0.9);
    }
  });
}

TEST_CASE("scale-invariance measures identities that hold") {
  RunnerOptions options;
  options.plan = toy_plan;
  options.plan.seeds = 1;
  const Claim& claim = claim_of("scale-invariance");
  const Results toy = run_claims({claim}, toy_data(), options)[0];
  CHECK(claim.parts[0].value({toy, 1}).value < 1e-4);
  CHECK(claim.parts[0].value({toy, 1}).value > 0);  // float: not exact
}

}  // namespace claims_scale_invariance_test
}}  // namespace norma
