// The claim same-rate: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_same_rate_test {

TEST_CASE("same-rate") {
  check_claim("same-rate", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string lr : {"0.001", "0.003", "0.01", "0.03", "0.1", "0.3"}) {
      plant_accuracy(r, "norm=none, lr=" + lr, seed, lr == "0.01" ? 0.8 : 0.1);
      // As claimed: no better at the plain network's rate, much better at 0.1. Otherwise: all of it at that
      // rate.
      plant_accuracy(r, "norm=batch, lr=" + lr, seed,
                     lr == "0.1"                ? 0.95
                     : lr == "0.01" && sign < 0 ? 0.95
                                                : 0.79);
    }
    for (const std::string norm : {"none", "batch"}) {
      Outcome o = r.at("norm=" + norm + ", lr=0.001", seed);
      for (double& g : o["gradient"]) g = norm == "none" && sign > 0 ? 50 : 1;
      r.put("norm=" + norm + ", lr=0.001", seed, o);
    }
  });
}

}  // namespace claims_same_rate_test
}}  // namespace norma
