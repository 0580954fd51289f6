// Operations element by element against the slow version, with their gradients.
#include "tests/support/elementwise.h"

#include <doctest/doctest.h>

#include <array>

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_elementwise_test {

using namespace reference;

TEST_CASE("elementwise, value and gradient") {
  using Two = const Tensor*;
  using W = const Wide*;
  using Three = std::array<Wide, 3>;
  check_elementwise(
      "add", 2, [](Two x) { return add(x[0], x[1]); },
      [](W x) {
        return Three{x[0] + x[1], 1, 1};
      });
  check_elementwise(
      "sub", 2, [](Two x) { return sub(x[0], x[1]); },
      [](W x) {
        return Three{x[0] - x[1], 1, -1};
      });
  check_elementwise(
      "mul", 2, [](Two x) { return mul(x[0], x[1]); },
      [](W x) {
        return Three{x[0] * x[1], x[1], x[0]};
      });
  check_elementwise(
      "scale", 1, [](Two x) { return scale(*x, -1.5); },
      [](W x) {
        return Three{-1.5L * *x, -1.5L};
      });
}

TEST_CASE("add, sub and mul of different shapes") {
  const Tensor a(Shape{2, 3}), b(Shape{4, 5}), v(Shape{3});
  CHECK(error_of([&] { add(a, b); }) == "add: shapes (2, 3) and (4, 5) differ");
  CHECK(error_of([&] { sub(a, v); }) == "sub: shapes (2, 3) and (3,) differ");
  CHECK(error_of([&] { mul(a, b); }) == "mul: shapes (2, 3) and (4, 5) differ");
}

}  // namespace core_elementwise_test
}}  // namespace norma
