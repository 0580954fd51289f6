// Numbers of a lesson in words.
#include "apps/explain/engine/look.h"

#include <doctest/doctest.h>

#include <cmath>

namespace norma { namespace explain_engine_look_test {

TEST_CASE("numbers in words") {
  const Numbers fixed{.decimals = 3}, significant{.decimals = 3, .significant = true};
  CHECK(shown(-1.4142, fixed) == "−1.414");
  CHECK(shown(-0.0001, fixed) == "0.000");
  CHECK(shown(std::nan(""), fixed) == "NaN");
  CHECK(shown(INFINITY, fixed) == "∞");
  CHECK(shown(1.4, significant) == "1.40");
  CHECK(shown(0.04419, significant) == "0.0442");
  CHECK(shown(65536, significant) == "65536");
  CHECK(shown(1.0995e12, significant) == "1.10e+12");
  CHECK(shown(-2.2e-16, significant) == "−2.20e−16");
  CHECK(shown(0, significant) == "0");
  CHECK((letter_of(0) == "A" && letter_of(25) == "Z" && letter_of(26) == "a"));
}

}  // namespace explain_engine_look_test
}  // namespace norma
