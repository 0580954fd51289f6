// The claim sync-statistics: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_sync_statistics_test {

TEST_CASE("sync-statistics") {
  check_claim("sync-statistics", [](Results& r, std::uint64_t seed, int sign) {
    const double noise = 1e-4 * static_cast<double>(seed);
    for (const std::string& arm : r.arms()) {
      const bool parts = arm.find("=parts") != arm.npos, all = arm.find("=all") != arm.npos;
      // Claimed: only parts of their own have more errors. Otherwise: those over all have them.
      const bool worse = sign > 0 ? parts : parts || all;
      plant_accuracy(r, arm, seed, worse ? 0.95 - noise : 0.97);
    }
  });
}

}  // namespace claims_sync_statistics_test
}}  // namespace norma
