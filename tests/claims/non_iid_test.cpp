// The claim non-iid: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_non_iid_test {

TEST_CASE("non-iid") {
  check_claim("non-iid", [](Results& r, std::uint64_t seed, int sign) {
    const double noise = 1e-4 * static_cast<double>(seed);
    for (const std::string lr : {"0.06"}) {  // the one rate of a quick look
      for (const std::string norm : {"batch", "batch-renorm", "group:4"})
        plant_accuracy(r, "norm=" + norm + ", shuffled, lr=" + lr, seed, 0.97);
      plant_accuracy(r, "norm=batch, pairs, lr=" + lr, seed, sign > 0 ? 0.93 - noise : 0.965);
      plant_accuracy(r, "norm=batch-renorm, pairs, lr=" + lr, seed, sign > 0 ? 0.96 : 0.966);
    }
  });
}

}  // namespace claims_non_iid_test
}}  // namespace norma
