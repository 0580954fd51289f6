// The claim small-batch: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "apps/claims/engine/batch_sizes.h"
#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_small_batch_test {

TEST_CASE("small-batch") {
  check_claim("small-batch", [](Results& r, std::uint64_t seed, int sign) {
    const double noise = 1e-4 * static_cast<double>(seed);
    for (Index size : batch_sizes) {
      plant_size(r, "batch", size, seed, size <= 4 && sign > 0 ? 0.95 - noise : 0.97);
      plant_size(r, "group:4", size, seed, size <= 4 && sign < 0 ? 0.95 - noise : 0.97);
    }
  });
}

}  // namespace claims_small_batch_test
}}  // namespace norma
