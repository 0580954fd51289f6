// The claim statistics-gradient: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "apps/run/probe.h"
#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_statistics_gradient_test {

TEST_CASE("statistics-gradient") {
  check_claim("statistics-gradient", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string affine : {"fixed", "learned"}) {
      for (const std::string gradient : {"on", "off"}) {
        for (const std::string lr : {"0.01", "0.03", "0.1", "0.3", "1"}) {
          const std::string arm = "affine=" + affine + ", gradient=" + gradient + ", lr=" + lr;
          const bool breaks = gradient == "off" && sign > 0;
          plant_accuracy(r, arm, seed, breaks ? 0.5 : 0.97);
          // grows as t, or comes to rest
          plant_rows(r, arm, seed,
                     {{"moment", {0, 25, 50, 75, 100}},
                      {"bias", breaks ? Vector{0, 1, 2, 3, 4} : Vector{0, 2, 3, 3, 3}}});
        }
      }
    }
  });
}

TEST_CASE("statistics-gradient: a run that diverged has grown without bound") {
  RunnerOptions options;
  options.plan = toy_plan;
  Results r = run_claims({claim_of("statistics-gradient")}, toy_data(), options)[0];
  for (std::uint64_t seed : r.seeds()) {
    for (const std::string lr : {"0.01", "0.03", "0.1", "0.3", "1"})
      plant_rows(r, "affine=fixed, gradient=off, lr=" + lr, seed, {{"diverged_at", {7}}});
  }
  const Judgement judgement = judge(claim_of("statistics-gradient"), r, toy_plan);
  for (const Measured& growth : judgement.parts[1].values) CHECK(growth.value == 1);
}

}  // namespace claims_statistics_gradient_test
}}  // namespace norma
