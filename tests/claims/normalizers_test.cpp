// The claim normalizers: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_normalizers_test {

TEST_CASE("normalizers") {
  check_claim("normalizers", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"batch-renorm", "layer", "group:4", "instance", "l1", "linf", "weight",
                                   "weight+mean-only", "spectral", "lrn", "none"})
      plant_size(r, norm, usual_batch, seed, norm == "spectral" ? 0.96 : 0.95);
    plant_size(r, "batch", usual_batch, seed, sign > 0 ? 0.97 : 0.94);
  });
}

}  // namespace claims_normalizers_test
}}  // namespace norma
