// The claim dropout: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_dropout_test {

TEST_CASE("dropout") {
  check_claim("dropout", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string p : {"0", "0.2", "0.5"}) {
      plant_accuracy(r, "norm=none, dropout=" + p, seed, p == "0" ? 0.85 : 0.88);
      plant_accuracy(r, "norm=batch, dropout=" + p, seed, (p == "0") == (sign > 0) ? 0.92 : 0.86);
    }
  });
}

}  // namespace claims_dropout_test
}}  // namespace norma
