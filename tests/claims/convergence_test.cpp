// The claim convergence: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_convergence_test {

TEST_CASE("convergence") {
  check_claim("convergence", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      const bool wins = (norm == "batch") == (sign > 0);
      Outcome o = r.at("norm=" + norm, seed);
      o["step"] = {10, 100, 1000};
      o["test_accuracy"] = wins ? std::vector<double>{0.91, 0.95, 0.98} : std::vector<double>{0.1, 0.5, 0.92};
      o["steps"] = {1000};
      r.put("norm=" + norm, seed, o);
      r.put("norm=" + norm + ", own rate", seed, o);
    }
  });
}

}  // namespace claims_convergence_test
}}  // namespace norma
