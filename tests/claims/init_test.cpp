// The claim init: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_init_test {

TEST_CASE("init") {
  check_claim("init", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      const double widest = (norm == "batch") == (sign > 0) ? 10 : 0.02;
      for (const std::string std : {"0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3"}) {
        for (const std::string lr : {"0.03", "0.1", "0.3"})
          plant_accuracy(r, "norm=" + norm + ", std=" + std + ", lr=" + lr, seed,
                         std::stod(std) < widest && lr == "0.1" ? 0.9 : 0.1);
      }
    }
  });
}

}  // namespace claims_init_test
}}  // namespace norma
