// Verdicts, and the runner that keeps outcomes.
#include "tests/claims.h"

namespace norma::inline NORMA_BUILD {
namespace {

TEST_CASE("verdict: the whole interval, none of it, or some") {
  const Rule rule{.effect = "e", .bound = 1, .why = "w"};
  CHECK(judge(rule, {2, 2.1, 2.2}).verdict == Verdict::reproduced);
  CHECK(judge(rule, {0.2, 0.1, 0.3}).verdict == Verdict::refuted);
  CHECK(judge(rule, {0.5, 1.5, 2}).verdict == Verdict::inconclusive);
}

}  // namespace
}  // namespace norma::inline NORMA_BUILD
