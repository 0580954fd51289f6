// Claims about how training goes.
#include "tests/claims.h"

namespace norma::inline NORMA_BUILD {
namespace {

TEST_CASE("claim: convergence") {
  check_claim("convergence", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"none", "batch"}) {
      const bool wins = (norm == "batch") == (sign > 0);
      Outcome o = r.at("norm=" + norm, seed);
      o["step"] = {10, 100, 1000};
      o["test_accuracy"] = wins ? std::vector<double>{0.91, 0.95, 0.98} : std::vector<double>{0.1, 0.5, 0.92};
      o["steps"] = {1000};
      r.put("norm=" + norm, seed, o);
    }
  });
}

TEST_CASE("claim: learning-rate") {
  check_claim("learning-rate", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string activation : {"sigmoid", "relu"}) {
      for (const std::string norm : {"none", "batch"}) {
        const double largest = (norm == "batch") == (sign > 0) ? 31 : 0.31;
        for (const std::string lr : {"0.01", "0.03", "0.1", "0.3", "1", "3", "10", "30", "100"})
          plant_accuracy(r, activation + ", norm=" + norm + ", lr=" + lr, seed,
                         std::stod(lr) < largest ? 0.95 : 0.1);
      }
    }
  });
}

}  // namespace
}  // namespace norma::inline NORMA_BUILD
