// The claim train-eval: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "apps/claims/engine/batch_sizes.h"
#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_train_eval_test {

void plant_row(Results& r, const std::string& arm, std::uint64_t seed, const std::string& row, double value) {
  Outcome o = r.at(arm, seed);
  o[row] = {value};
  r.put(arm, seed, o);
}

TEST_CASE("train-eval") {
  check_claim("train-eval", [](Results& r, std::uint64_t seed, int sign) {
    for (Index size : batch_sizes) {
      // Claimed: small batches do worse, and other statistics mend it. Or neither.
      const bool small = size <= 4;
      const double moving = small == (sign > 0) ? 0.93 : 0.97, noise = 1e-4 * static_cast<double>(seed);
      for (double lr : rates_at(size)) {
        const std::string arm = batch_size_arm("batch", size, lr);
        if (!r.has(arm)) continue;
        plant_accuracy(r, arm, seed, moving);
        plant_row(r, arm, seed, statistics_row("test", "moving"), moving);
        plant_row(r, arm, seed, statistics_row("test", "one"), moving - (sign > 0 ? 0 : 0.01));
        plant_row(r, arm, seed, statistics_row("test", "batch"), moving - (sign < 0 && small ? 0.05 : noise));
        plant_row(r, arm, seed, statistics_row("test", "precise"),
                  moving + (sign > 0 ? 0.035 + noise : -0.05));
      }
    }
  });
}

}  // namespace claims_train_eval_test
}}  // namespace norma
