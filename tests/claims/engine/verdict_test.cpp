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

}  // namespace claims_engine_verdict_test
}}  // namespace norma
