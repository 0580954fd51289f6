// The claim init: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_init_test {

TEST_CASE("init") {
  const std::vector<std::string> deviations = {"0.001", "0.0016", "0.0025", "0.004", "0.0063", "0.01",
                                               "0.016", "0.025",  "0.04",   "0.063", "0.1",    "0.16",
                                               "0.25",  "0.4",    "0.63",   "1",     "1.6",    "2.5"};
  check_claim("init", [&](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      for (const int depth : {3, 8, 16}) {
        // Claimed: with BN everything trains, without it the less the deeper the net. Or the other way round.
        const bool wide = (norm == "batch") == (sign > 0);
        const double widest = wide ? 10 : 0.5 / depth;
        for (const std::string& std : deviations) {
          for (const std::string lr : {"0.03", "0.1", "0.3"})
            plant_accuracy(
                r, "norm=" + norm + ", depth=" + std::to_string(depth) + ", std=" + std + ", lr=" + lr, seed,
                std::stod(std) < widest && lr == "0.1" ? 0.9 : 0.1);
        }
      }
    }
  });
}

}  // namespace claims_init_test
}}  // namespace norma
