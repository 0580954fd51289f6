// The claim surface: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "apps/run/probe.h"
#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_surface_test {

TEST_CASE("surface") {
  check_claim("surface", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      const bool flat = (norm == "batch") == (sign > 0);
      for (const std::string lr : {"0.1", "0.3", "1"}) {
        plant_accuracy(r, "norm=" + norm + ", lr=" + lr, seed, 0.97);
        plant_rows(r, "norm=" + norm + ", lr=" + lr, seed,
                   {{"distance", {0, 1, 2}}, {"loss", flat ? Vector{0, 0.1, 4} : Vector{0, 3, 9}}});
      }
    }
  });
}

}  // namespace claims_surface_test
}}  // namespace norma
