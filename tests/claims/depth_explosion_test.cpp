// The claim depth-explosion: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_depth_explosion_test {

TEST_CASE("depth-explosion") {
  check_claim("depth-explosion", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      const double growth = (norm == "batch") == (sign > 0) ? 1.5 : 1.0;  // of the square, a layer
      Outcome o = r.at("norm=" + norm, seed);
      for (std::size_t i = 0; i < o["layer"].size(); ++i)
        o["gradient"][i] = std::pow(growth, -0.5 * o["layer"][i]);
      r.put("norm=" + norm, seed, o);
      if (norm == "batch" && sign > 0)
        CHECK(claim_of("depth-explosion").parts[0].value({r, seed}).value == doctest::Approx(1.5));
    }
  });
}

}  // namespace claims_depth_explosion_test
}}  // namespace norma
