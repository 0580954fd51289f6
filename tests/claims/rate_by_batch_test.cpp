// The claim rate-by-batch: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_rate_by_batch_test {

TEST_CASE("rate-by-batch") {
  check_claim("rate-by-batch", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      for (const int size : {8, 256}) {
        const std::string best = sign > 0 && norm == "batch" && size == 256 ? "1.8" : "0.18";
        for (const std::string lr : {"0.01", "0.018", "0.032", "0.056", "0.1", "0.18", "0.32", "0.56", "1",
                                     "1.8", "3.2", "5.6", "10"})
          plant_accuracy(r, "norm=" + norm + ", batch=" + std::to_string(size) + ", lr=" + lr, seed,
                         lr == best ? 0.95 : 0.8);
      }
    }
  });
}

}  // namespace claims_rate_by_batch_test
}}  // namespace norma
