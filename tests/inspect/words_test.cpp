// Blocks and words of what was measured.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/inspect/show.h"

namespace norma { inline namespace NORMA_BUILD { namespace inspect_words_test {

TEST_CASE("blocks are as high as their bins, and what holds anything can be seen") {
  CHECK(blocks({0, 1, {0, 1, 4, 8, 0}, 0}) == " ▁▄█ ");
  CHECK(blocks({0, 1, {1, 1000}, 0}) == "▁█");
  CHECK(blocks({0, 1, {0, 0}, 9}) == "  ");
  CHECK(gauge(1e-3) == "·········●·········");
  CHECK(gauge(1e-6) == "●········│·········");
  CHECK(gauge(0) == gauge(1e-6));
  CHECK(gauge(1) == "·········│········●");
  CHECK(gauge(50) == gauge(1));
  CHECK(gauge(NAN) == "·········│·········");
}

}  // namespace inspect_words_test
}}  // namespace norma
