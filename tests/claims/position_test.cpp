// The claim position: its rule against results planted on either side.
#include <doctest/doctest.h>

#include "tests/support/claims.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_position_test {

TEST_CASE("position") {
  check_claim("position", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string network : {"sigmoid, 3 layers", "ReLU, 8 layers", "CNN, 2 convolutions"})
      for (const std::string position : {"before", "after"})
        for (const std::string lr : {"0.03", "0.1", "0.3", "1", "3", "10"}) {
          const bool better = (position == "before") == (sign > 0);
          plant_accuracy(r, network + ", BN " + position + ", lr=" + lr, seed,
                         lr != "0.3" ? 0.5
                         : better    ? 0.97
                                     : 0.8);
        }
  });
}

}  // namespace claims_position_test
}}  // namespace norma
