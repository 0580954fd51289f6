// The claim feature-scale: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_feature_scale_test {

TEST_CASE("feature-scale") {
  check_claim("feature-scale", [](Results& r, std::uint64_t seed, int sign) {
    auto put = [&](const std::string& arm, double condition, double steps) {
      Outcome o = r.at(arm, seed);
      o["hessian"] = {1, 0, condition};
      o["steps"] = {steps};
      r.put(arm, seed, o);
    };
    put("raw", sign > 0 ? 1e4 : 1, sign > 0 ? 1e4 : 4);
    put("normalized", 1, 4);
  });
}

// What the claim measures, of data worked out by hand: two weights, condition number about 10,000, a best
// rate at which the steep direction flips from side to side.
TEST_CASE("feature-scale measures the surface it is about") {
  RunnerOptions options;
  options.plan = toy_plan;
  const Results toy = run_claims({claim_of("feature-scale")}, toy_data(), options)[0];
  const Outcome &raw = toy.at("raw", 1), &normalized = toy.at("normalized", 1);
  const auto& h = row(raw, "hessian");
  CHECK(h[0] == doctest::Approx(1).epsilon(0.3));  // mean x₁² of 200 samples
  double steep = 0;                                // mean x₂²; one seed's has a deviation of 10%
  for (std::uint64_t seed : toy.seeds()) steep += row(toy.at("raw", seed), "hessian")[2] / toy_plan.seeds;
  CHECK(steep == doctest::Approx(10'000).epsilon(0.3));
  CHECK(row(raw, "rate")[0] == doctest::Approx(2 / (h[0] + h[2])).epsilon(0.01));
  CHECK(row(normalized, "hessian")[0] == doctest::Approx(1).epsilon(1e-3));
  CHECK(row(normalized, "hessian")[2] == doctest::Approx(1).epsilon(1e-3));
  CHECK(row(raw, "minimum")[0] == doctest::Approx(1).epsilon(0.1));
  CHECK(row(raw, "minimum")[1] == doctest::Approx(0.01).epsilon(0.1));
  const auto& w2 = row(raw, "w2");
  for (std::size_t i = 1; i < w2.size(); ++i)
    CHECK((w2[i] - row(raw, "minimum")[1]) * (w2[i - 1] - row(raw, "minimum")[1]) < 0);
  CHECK(row(raw, "steps")[0] > 1000);
  CHECK(row(normalized, "steps")[0] < 20);
}

}  // namespace claims_feature_scale_test
}}  // namespace norma
