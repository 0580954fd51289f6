// Verdicts from intervals.
#include <doctest/doctest.h>

#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_engine_verdict_test {

TEST_CASE("all of the interval, none of it, or some satisfies the bound") {
  const Rule least{.effect = "e", .bound = 1, .why = "w"};
  CHECK(judge(least, {2, 2.1, 2.2}).verdict == Verdict::reproduced);
  CHECK(judge(least, {0.2, 0.1, 0.3}).verdict == Verdict::refuted);
  CHECK(judge(least, {-5, -5.1}).verdict == Verdict::refuted);
  CHECK(judge(least, {0.5, 1.5, 2}).verdict == Verdict::inconclusive);
  CHECK(judge(least, {1, 1, 1}).verdict == Verdict::reproduced);  // the bound itself satisfies it
  Rule most = least;
  most.sense = Rule::at_most;
  CHECK(judge(most, {2, 2.1, 2.2}).verdict == Verdict::refuted);
  CHECK(judge(most, {0.2, 0.1, 0.3}).verdict == Verdict::reproduced);
  CHECK(judge(most, {0.5, 1.5, 2}).verdict == Verdict::inconclusive);
  CHECK(judge(most, {1, 1}).verdict == Verdict::reproduced);
}

TEST_CASE("without an interval, or a value, it is inconclusive") {
  const Rule rule{.effect = "e", .bound = 1, .why = "w"};
  CHECK(judge(rule, {5}).verdict == Verdict::inconclusive);
  CHECK(judge(rule, {5}).ours() == "5");
  CHECK(judge(rule, {}).verdict == Verdict::inconclusive);
  CHECK(judge(rule, {5, 5, NAN}).verdict == Verdict::inconclusive);
  CHECK(judge(rule, {5, 5, NAN}).ours() == "not measured in every run");
  CHECK(judge(rule, {5, HUGE_VAL, 5}).verdict == Verdict::inconclusive);
  Rule times = rule;
  times.unit = Unit::times;
  CHECK(judge(times, {3, 0, 3}).verdict == Verdict::inconclusive);
  CHECK(judge(times, {3, -1, 3}).verdict == Verdict::inconclusive);
}

TEST_CASE("ratios are averaged as logarithms, and shown in their unit") {
  const JudgedPart ratio = judge({.effect = "e", .bound = 2, .unit = Unit::times, .why = "w"}, {2, 8});
  CHECK(ratio.mean == doctest::Approx(4));
  CHECK(ratio.low == doctest::Approx(4 / std::exp(12.7062 * std::log(2))).epsilon(1e-4));
  CHECK(ratio.ours().starts_with("4× ("));
  CHECK(ratio.wanted() == "at least 2×");
  const JudgedPart points =
      judge({.effect = "e", .bound = 0.01, .unit = Unit::points, .why = "w"}, {0.02, 0.02});
  CHECK(points.ours() == "+2 points in every seed");
  CHECK(points.wanted() == "at least +1 points");
  CHECK(judge({.effect = "e", .bound = 1, .noun = "decades", .why = "w"}, {1, 2}).ours() ==
        "1.5 decades (−4.85 to 7.85)");
}

TEST_CASE("what is only known to be at least this cannot refute, and says so") {
  const Rule rule{.effect = "e", .bound = 2, .unit = Unit::times, .why = "w", .runs = "runs without BN"};
  const Measured far{10, Measured::at_least}, near{1, Measured::at_least}, below{10, Measured::at_most};
  CHECK(judge(rule, {far, far, far}).verdict == Verdict::reproduced);
  CHECK(judge(rule, {far, far, far}).ours() ==
        "at least 10× in every seed: none of 3 runs without BN arrived");
  CHECK(judge(rule, {far, 10, 10}).ours() ==
        "at least 10× in every seed: 1 of 3 runs without BN did not arrive");
  CHECK(judge(rule, {near, near, near}).verdict == Verdict::inconclusive);
  CHECK(judge(rule, {below, below, below}).verdict == Verdict::inconclusive);
  Rule most = rule;
  most.sense = Rule::at_most;
  CHECK(judge(most, {near, near, near}).verdict == Verdict::inconclusive);
  CHECK(judge(most, {far, far, far}).verdict == Verdict::refuted);
}

TEST_CASE("a claim is reproduced, in part, refuted or inconclusive by its parts") {
  auto verdict = [](std::initializer_list<Verdict> parts) {
    std::vector<JudgedPart> judged;
    for (Verdict v : parts) judged.push_back({{}, {}, 0, 0, 0, v});
    return std::string(word(verdict_of(judged)));
  };
  const Verdict yes = Verdict::reproduced, no = Verdict::refuted, open = Verdict::inconclusive;
  CHECK(verdict({yes, yes}) == "reproduced");
  CHECK(verdict({yes, no}) == "in part");
  CHECK(verdict({yes, no, open}) == "in part");
  CHECK(verdict({no, open}) == "refuted");
  CHECK(verdict({yes, open}) == "inconclusive");
  CHECK(verdict({open}) == "inconclusive");
}

// A claim of one part, whose value is the seed's of a list.
Claim listed(const std::vector<double>& values) {
  Claim claim;
  claim.name = "listed";
  claim.parts = {{{.effect = "e", .bound = 1, .why = "w"},
                  [values](const SeedResults& s) { return values.at(s.seed - 1); }}};
  return claim;
}

TEST_CASE("a part is decided at the first look that decides it, and later seeds do not change it") {
  std::vector<double> values(40, 2);
  auto judged = [&](std::size_t seeds) {
    Results r({});
    for (std::uint64_t s = 1; s <= seeds; ++s) r.add_seed(s);
    return judge(listed(values), r, {.first_seed = 1}).parts[0];
  };
  values[3] = 2.1;
  std::fill(values.begin() + 5, values.end(), -50);
  CHECK(judged(5).verdict == Verdict::reproduced);
  CHECK(judged(40).verdict == Verdict::reproduced);
  CHECK(judged(40).values.size() == 5);
  values[3] = -9;  // open after 5
  CHECK(judged(5).verdict == Verdict::inconclusive);
  CHECK(judged(10).values.size() == 10);
  CHECK(judged(20).verdict == Verdict::refuted);
  CHECK(judged(40).values.size() <= 20);
  // A look's interval is wider than one of 95%: four looks share the 5%.
  CHECK(Plan().confidence() == doctest::Approx(0.9875));
  CHECK(Plan{.seeds = 5}.confidence() == doctest::Approx(0.95));
}

TEST_CASE("an open part says what would decide it") {
  const Rule rule{.effect = "e", .bound = 1, .why = "w"};
  CHECK(judge(rule, {1, 2, 3}).would_decide() == "about 20 seeds would decide it");  // 2 ± 2.48
  CHECK(judge(rule, {0, 1, 2}).would_decide().starts_with("the mean is at the bound"));
  CHECK(judge(rule, {2, 2.1, 2.2}).would_decide().empty());
  CHECK(judge(rule, {{1, Measured::at_least}, 2, 3}).would_decide().empty());
}

TEST_CASE("texts say the steps and the data of the plan that ran") {
  CHECK(filled("{data}, {2,000} steps of 60", {}, "MNIST") == "MNIST, 2,000 steps of 60");
  CHECK(filled("{3,000} steps", {.work = 0.5}, "") == "1,500 steps");
  CHECK_THROWS_AS(filled("{3,000 steps", {}, ""), Error);
}

}  // namespace claims_engine_verdict_test
}}  // namespace norma
