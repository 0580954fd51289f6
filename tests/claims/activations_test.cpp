// The claim activations: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_activations_test {

TEST_CASE("activations") {
  check_claim("activations", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      const double drift = (norm == "batch") == (sign > 0) ? 0.01 : 0.5;  // of the percentiles, a moment
      Outcome o = r.at("norm=" + norm, seed);
      for (auto& [name, values] : o) {
        for (int p : {15, 50, 85}) {
          if (!name.ends_with(" p" + std::to_string(p))) continue;
          values.clear();
          for (int t = 0; t < 10; ++t) values.push_back(p / 50.0 + drift * t);
        }
      }
      r.put("norm=" + norm, seed, o);
    }
  });
}

// Percentiles that only grow with their own scale do not travel; a band that wanders by its width does.
TEST_CASE("activations measures the way in widths of the band") {
  const Claim& claim = claim_of("activations");
  Results r({1});
  auto outcome = [](double scale, double drift) {
    Outcome o;
    for (int unit = 0; unit < 10; ++unit) {
      for (int p : {15, 50, 85}) {
        for (int t = 0; t < 3; ++t)
          o["u" + std::to_string(unit) + " p" + std::to_string(p)].push_back(scale *
                                                                             ((p - 50) / 70.0 + drift * t));
      }
    }
    return o;
  };
  r.put("norm=none", 1, outcome(7, 0.5));     // band 1 wide, moved twice by a half: one width
  r.put("norm=batch", 1, outcome(0.1, 0.2));  // twice by a fifth
  CHECK(claim.parts[0].value({r, 1}).value == doctest::Approx(1 / 0.4));
}

}  // namespace claims_activations_test
}}  // namespace norma
