// The claim lrn: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_lrn_test {

TEST_CASE("lrn") {
  check_claim("lrn", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      plant_accuracy(r, "norm=" + norm + ", no lrn", seed, 0.9);
      plant_accuracy(r, "norm=" + norm + ", lrn", seed, sign > 0 ? 0.9 : 0.95);
    }
  });
}

}  // namespace claims_lrn_test
}}  // namespace norma
