// The claim rate-sharpness: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_rate_sharpness_test {

TEST_CASE("rate-sharpness") {
  check_claim("rate-sharpness", [](Results& r, std::uint64_t seed, int sign) {
    for (const int depth : {3, 8, 16}) {
      // Claimed: 2/λ₁ is the largest rate, with BN as without. Or λ₁ tells nothing of either.
      const double gain = sign > 0 ? 10 : 1, plain = sign > 0 ? 20 : 200;
      plant_rows(r, "norm=none, depth=" + std::to_string(depth), seed,
                 {{"rate", {0.1}}, {"sharpness", {plain}}});
      plant_rows(r, "norm=batch, depth=" + std::to_string(depth), seed,
                 {{"rate", {0.1 * gain}}, {"sharpness", {plain / 10}}});
    }
  });
}

}  // namespace claims_rate_sharpness_test
}}  // namespace norma
