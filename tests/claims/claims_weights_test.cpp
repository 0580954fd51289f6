// Claims about weights and regularisation.
#include "layers/network/sentence.h"
#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

TEST_CASE("claim: scale-invariance") {
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

TEST_CASE("claim: scale-invariance measures identities that hold") {
  RunnerOptions options;
  options.plan = toy_plan;
  options.plan.seeds = 1;
  const Claim& claim = claim_of("scale-invariance");
  const Results toy = run_claims({claim}, toy_data(), options)[0];
  CHECK(claim.parts[0].value({toy, 1}) < 1e-4);
  CHECK(claim.parts[0].value({toy, 1}) > 0);  // float: not exact
}

TEST_CASE("claim: dropout") {
  check_claim("dropout", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string p : {"0", "0.2", "0.5"}) {
      plant_accuracy(r, "norm=none, dropout=" + p, seed, p == "0" ? 0.85 : 0.88);
      plant_accuracy(r, "norm=batch, dropout=" + p, seed, (p == "0") == (sign > 0) ? 0.92 : 0.86);
    }
  });
}

TEST_CASE("claim: weight-decay") {
  check_claim("weight-decay", [](Results& r, std::uint64_t seed, int sign) {
    for (const double decay : {0.0, 1e-4, 1e-3, 1e-2}) {
      for (const std::string norm : {"none", "batch"})
        plant_accuracy(r, "norm=" + norm + ", decay=" + number_text(decay), seed,
                       (norm == "none") == (sign > 0) && decay == 0.01 ? 0.9 : 0.85);
    }
    Outcome o = r.at("norm=batch, decay=0.01", seed);
    o["angle"] = {(sign > 0 ? 1 : 3) * std::sqrt(2 * 0.1 * 0.01)};
    r.put("norm=batch, decay=0.01", seed, o);
  });
}

TEST_CASE("claim: feature-scale") {
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

// What the claim measures, of data worked out by hand: two weights, condition number about 10,000, a best rate at which
// the steep direction flips from side to side.
TEST_CASE("claim: feature-scale measures the surface it is about") {
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

TEST_CASE("claim: lrn") {
  check_claim("lrn", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      plant_accuracy(r, "norm=" + norm + ", no lrn", seed, 0.9);
      plant_accuracy(r, "norm=" + norm + ", lrn", seed, sign > 0 ? 0.9 : 0.95);
    }
  });
}

}  // namespace
}}  // namespace norma
