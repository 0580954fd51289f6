// The claim rate-by-depth: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_rate_by_depth_test {

TEST_CASE("rate-by-depth") {
  check_claim("rate-by-depth", [](Results& r, std::uint64_t seed, int sign) {
    for (const int depth : {3, 8, 16, 32}) {
      const double grown = sign > 0 ? (depth == 3 ? 2 : depth == 32 ? 1 : 8) : (depth == 3 ? 8 : 2);
      plant_rows(r, "norm=none, depth=" + std::to_string(depth), seed, {{"rate", {0.1}}});
      plant_rows(r, "norm=batch, depth=" + std::to_string(depth), seed, {{"rate", {0.1 * grown}}});
    }
  });
}

}  // namespace claims_rate_by_depth_test
}}  // namespace norma
