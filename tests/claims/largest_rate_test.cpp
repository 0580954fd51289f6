// The claim largest-rate: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_largest_rate_test {

TEST_CASE("largest-rate") {
  check_claim("largest-rate", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string activation : {"sigmoid", "relu"}) {
      for (const std::string norm : {"none", "batch"}) {
        const double largest = (norm == "batch") == (sign > 0) ? 31 : 0.31;
        for (const std::string lr : {"0.1", "0.16", "0.25", "0.4", "0.63", "1", "1.6", "2.5", "4", "6.3",
                                     "10", "16", "25", "40", "63", "100"})
          plant_accuracy(r, activation + ", norm=" + norm + ", lr=" + lr, seed,
                         std::stod(lr) < largest ? 0.95 : 0.1);
      }
    }
  });
}

}  // namespace claims_largest_rate_test
}}  // namespace norma
