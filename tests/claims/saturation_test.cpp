// The claim saturation: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_saturation_test {

TEST_CASE("saturation") {
  check_claim("saturation", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      for (const std::string depth : {"2", "4", "6", "8"}) {
        for (const std::string lr : {"0.1", "1", "10"})
          plant_accuracy(r, "norm=" + norm + ", depth=" + depth + ", lr=" + lr, seed,
                         (norm == "batch") == (sign > 0) ? 0.95 : 0.11);
      }
    }
  });
}

}  // namespace claims_saturation_test
}}  // namespace norma
