// The claim weight-decay: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_weight_decay_test {

TEST_CASE("weight-decay") {
  check_claim("weight-decay", [](Results& r, std::uint64_t seed, int sign) {
    for (const double decay : {0.0, 1e-4, 1e-3, 1e-2}) {
      for (const std::string norm : {"none", "batch"})
        plant_accuracy(r, "norm=" + norm + ", decay=" + number_text(decay), seed,
                       (norm == "none") == (sign > 0) && decay == 0.01 ? 0.9 : 0.85);
    }
    Outcome o = r.at("norm=batch, decay=0.01", seed);
    o["angle"] = {(sign > 0 ? 1 : 3) * std::sqrt(2 * 0.1 * 0.01)};
    r.put("norm=batch, decay=0.01", seed, o);
  });
}

}  // namespace claims_weight_decay_test
}}  // namespace norma
