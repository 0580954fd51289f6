// The claim rate-last-layer: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_rate_last_layer_test {

TEST_CASE("rate-last-layer") {
  check_claim("rate-last-layer", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string factor : {"5", "30", "100"}) {
      plant_accuracy(r, "rate×" + factor, seed, sign > 0 ? 0.1 : 0.2);
      plant_accuracy(r, "rate×" + factor + ", last layer×1", seed, sign > 0 ? 0.95 : 0.1);
    }
  });
}

}  // namespace claims_rate_last_layer_test
}}  // namespace norma
