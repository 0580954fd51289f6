// The claim learning-rate: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_learning_rate_test {

const std::vector<std::string> nets = {"sigmoid, 3 layers", "ReLU, 3 layers", "ReLU, 8 layers",
                                       "ReLU, 16 layers", "CNN, 6 layers"};

// With BN the net comes sooner to where the plain one ends, and bears 30 times the rate; or it does not.
void plant(Results& r, const std::string& net, std::uint64_t seed, bool claimed) {
  plant_accuracy(r, net + ", norm=none, rate×1", seed, 0.95);
  Outcome plain = r.at(net + ", norm=none, rate×1", seed);
  plain["test_accuracy"] = {0.9, 0.95};
  r.put(net + ", norm=none, rate×1", seed, plain);
  plant_accuracy(r, net + ", norm=none, rate×5", seed, claimed ? 0.1 : 0.96);
  plant_accuracy(r, net + ", norm=batch, rate×5", seed, claimed ? 0.96 : 0.9);
  Outcome batch = r.at(net + ", norm=batch, rate×5", seed);
  if (!claimed) batch["test_accuracy"] = {0.9, 0.95};  // no sooner
  r.put(net + ", norm=batch, rate×5", seed, batch);
  plant_accuracy(r, net + ", norm=batch, rate×30", seed, claimed ? 0.9 : 0.1);
}

TEST_CASE("learning-rate") {
  check_claim("learning-rate", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string& net : nets) plant(r, net, seed, sign > 0);
  });
}

TEST_CASE("learning-rate: what holds of the deep nets alone is reproduced in part") {
  const Claim& claim = claim_of("learning-rate");
  RunnerOptions options;
  options.plan = toy_plan;
  options.workers = 2;
  Results results = run_claims({claim}, toy_data(), options)[0];
  for (std::uint64_t seed : results.seeds()) {
    for (const std::string& net : nets) plant(results, net, seed, net.find("3 layers") == net.npos);
  }
  const Judgement judgement = judge(claim, results, toy_plan);
  CHECK(judgement.verdict == Verdict::in_part);
  for (const JudgedPart& part : judgement.parts)
    CHECK((part.verdict == Verdict::reproduced) == (part.rule.effect.find("3 layers") == std::string::npos));
}

}  // namespace claims_learning_rate_test
}}  // namespace norma
